"""Reads the topics that ledger and dead letters hang on, from the first offset that a log still holds to a fixed end.

Of each record its place, its ids and its digests are kept; what the bytes say is the business of the services.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from aiokafka import TopicPartition

from services.audit.digests import record_digest, value_digest
from services.audit.snapshot import Snapshot
from services.contract.envelope import REPLAY_RUN
from services.contract.topics import COURTS as COURTS_TOPIC
from services.contract.topics import FILER_NOTICES, LINK_REQUESTS, LINK_TRANSACTIONS, Topic
from services.runtime.faults import Halt
from services.runtime.kafka import admin, consumer, translated
from services.runtime.read import Record, reading
from services.runtime.settings import KafkaSettings

STALL_S_MAX: Final = 60.0
_BIGINT_MAX: Final = 2**63 - 1


class Log(NamedTuple):
    """How a topic is read into its table."""

    topic: Topic
    table: str
    columns: Sequence[str]
    row: Callable[[Record], tuple[object, ...]]


def _request_row(record: Record) -> tuple[object, ...]:
    text, value = _header(record, "ce_source"), record.value
    digests = value_digest(value), record_digest(record.key, record.headers, value)
    return record.partition, record.offset, _request_id(value), text, _header(record, REPLAY_RUN), record.key, *digests


def _transaction_row(record: Record) -> tuple[object, ...]:
    facts = _parsed(record.value)
    numbers = _number(facts.get("seq")), _number(facts.get("transaction_id"))
    request = facts.get("request")
    request_id = _uuid(request.get("request_id")) if isinstance(request, dict) else None
    digest = record_digest(record.key, record.headers, record.value)
    return record.partition, record.offset, *numbers, request_id, digest


def _notice_row(record: Record) -> tuple[object, ...]:
    facts = _parsed(record.value)
    about = _uuid(facts.get("notice_id")), _text(facts.get("kind")), _text(facts.get("recipient_email"))
    digest = record_digest(record.key, record.headers, record.value)
    return record.partition, record.offset, *about, record.key, digest


REQUESTS: Final = Log(
    LINK_REQUESTS,
    "request_records",
    ("partition", "offset", "request_id", "source", "replay_run", "key", "value_digest", "record_digest"),
    _request_row,
)
TRANSACTIONS: Final = Log(
    LINK_TRANSACTIONS,
    "transaction_records",
    ("partition", "offset", "seq", "transaction_id", "request_id", "record_digest"),
    _transaction_row,
)
COURTS: Final = Log(
    COURTS_TOPIC,
    "court_records",
    ("partition", "offset", "record_digest"),
    lambda record: (record.partition, record.offset, record_digest(record.key, record.headers, record.value)),
)
NOTICES: Final = Log(
    FILER_NOTICES,
    "notice_records",
    ("partition", "offset", "notice_id", "kind", "recipient", "key", "record_digest"),
    _notice_row,
)


async def ends(settings: KafkaSettings, *logs: Log) -> dict[str, dict[int, int]]:
    """Return the end offset of each partition now, by table. Raises Halt where a topic does not exist."""
    places = await _places(settings, logs)
    client = consumer(settings)
    with translated():
        try:
            await client.start()
            found = await client.end_offsets([place for own in places.values() for place in own])
        finally:
            await client.stop()
    return {table: {place.partition: found[place] for place in own} for table, own in places.items()}


async def _places(settings: KafkaSettings, logs: Sequence[Log]) -> dict[str, list[TopicPartition]]:
    names = [log.topic.named(settings.topic_prefix) for log in logs]
    async with admin(settings) as client:
        described = {each["topic"]: len(each["partitions"]) for each in await client.describe_topics(names)}
    for name in names:
        if not described.get(name):
            raise Halt(f"topic {name} does not exist: run `ecflink topics`")
    return {
        log.table: [TopicPartition(name, partition) for partition in range(described[name])]
        for log, name in zip(logs, names, strict=True)
    }


async def read_log(
    settings: KafkaSettings, log: Log, into: Snapshot, *, until: Mapping[int, int], log_ends: Mapping[int, int]
) -> None:
    """Fill a log's table with the records below `until`, and `logs` with how far each partition was read.

    `log_ends` are the ends as they were after the snapshot was taken.
    """
    name = log.topic.named(settings.topic_prefix)
    for partition, end in until.items():
        async with reading(settings, name, partition) as reader:
            start = (await reader.bounds()).start
            reader.seek(start)
            async for records in moving(reader.until(end), f"{name} partition {partition}"):
                await into.add(log.table, log.columns, [log.row(record) for record in records])
        place = (log.topic.name, partition, start, end, log_ends.get(partition, 0))
        await into.add("logs", ("topic", "partition", "log_start", "read_to", "log_end"), [place])


async def moving(batches: AsyncIterator[list[Record]], about: str) -> AsyncIterator[list[Record]]:
    """Yield what comes. Raises Halt where a log that should hold more gives nothing for STALL_S_MAX seconds."""
    while True:
        try:
            async with asyncio.timeout(STALL_S_MAX):
                records = await anext(batches)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Halt(f"{about} gave nothing for {STALL_S_MAX:.0f} s: was the topic made again?") from None
        yield records


def _parsed(value: bytes | None) -> dict[str, Any]:
    try:
        facts = orjson.loads(value or b"")
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _request_id(value: bytes | None) -> UUID | None:
    return _uuid(_parsed(value).get("request_id"))


def _uuid(found: object) -> UUID | None:
    try:
        return UUID(found) if isinstance(found, str) else None
    except ValueError:
        return None


def _header(record: Record, name: str) -> str | None:
    found = next((value for each, value in record.headers if each == name), None)
    return None if found is None else _text(found.decode("utf-8", "replace"))


def _text(found: object) -> str | None:
    return found.replace("\x00", "\N{REPLACEMENT CHARACTER}") if isinstance(found, str) else None


def _number(found: object) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found <= _BIGINT_MAX else None
