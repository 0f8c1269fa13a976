"""The registry of courts: the packaged list, and what `courts-v1` says now. Reading and publishing; no command here."""

import csv
from collections.abc import Iterable
from contextlib import suppress
from importlib.resources import files

from pydantic import ValidationError
from uuid_utils.compat import uuid7

from services.contract.courts import Court
from services.contract.envelope import Source, envelope
from services.contract.ids import partition_of
from services.contract.topics import COURTS
from services.runtime.clock import now
from services.runtime.faults import Transient
from services.runtime.publish import Message, OrderedPublisher
from services.runtime.read import Record, reading
from services.runtime.settings import KafkaSettings
from services.runtime.topology import partition_count


def packaged() -> dict[str, Court]:
    """Return the courts of the list that comes with this version, none of them live, by id."""
    lines = files("services.ops").joinpath("courts.csv").read_text(encoding="utf-8").splitlines()
    return {row["court_id"]: Court.model_validate(row) for row in csv.DictReader(lines)}


async def published(settings: KafkaSettings) -> dict[str, Court]:
    """Return the courts as the topic has them, by id. Raises Transient without Kafka or the topic."""
    courts: dict[str, Court] = {}
    for number in range(await _partitions(settings)):
        async with reading(settings, COURTS.named(settings.topic_prefix), number) as reader:
            bounds = await reader.bounds()
            reader.seek(bounds.start)
            async for records in reader.until(bounds.end):
                for record in records:
                    _take(courts, record)
    return courts


def _take(courts: dict[str, Court], record: Record) -> None:
    court_id = (record.key or b"").decode("utf-8", "replace")
    if record.value is None:
        courts.pop(court_id, None)
        return
    # What no reader can read tells nothing of the court: the word before it stands.
    with suppress(ValidationError):
        courts[court_id] = Court.model_validate_json(record.value)


async def publish(settings: KafkaSettings, courts: Iterable[Court]) -> None:
    """Publish courts. Returns when every one is acknowledged."""
    count = await _partitions(settings)
    shares: dict[int, list[Message]] = {}
    for court in courts:
        headers = envelope(ce_id=str(uuid7()), ce_type=COURTS.event_type, source=Source.OPS, time=now())
        key = court.court_id.encode()
        shares.setdefault(partition_of(key, count), []).append(Message(key, court.encode(), headers))
    publisher = OrderedPublisher(settings)
    try:
        for number, messages in shares.items():
            async for _ in publisher.publish(COURTS.named(settings.topic_prefix), number, messages):
                pass
    finally:
        await publisher.close()


async def _partitions(settings: KafkaSettings) -> int:
    count = await partition_count(settings, COURTS)
    if not count:
        raise Transient(f"topic {COURTS.named(settings.topic_prefix)} does not exist: run `ecflink topics`")
    return count
