"""What the tests of a run play: recordings of requests made up from numbers, profiles of a deployment, spools."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.contract.ids import partition_of
from services.contract.proof import KeyRing
from services.contract.topics import LINK_REQUESTS
from services.replay.plan.choices import chosen
from services.replay.plan.remaking import Remaker
from services.replay.plan.spool import write_spool
from services.replay.plan.spooled import Spool
from services.replay.profile.loading import checked
from services.replay.profile.writing import save_profile
from services.replay.recording.manifest import Draft
from services.replay.recording.reading import Recording
from services.replay.recording.record import Recorded
from services.replay.recording.writing import RecordingWriter
from services.runtime.clock import now
from services.runtime.settings import KafkaSettings
from tests.backends.databases import PASSWORDS
from tests.backends.deployment import Deployment
from tests.linking.requests import NOON, REHEARSAL_KEYS, message, requested

REHEARSAL: Final = {"REHEARSAL": "true", "REHEARSAL_KEYS": REHEARSAL_KEYS}
"""The settings of a role that honours what is played here; beside them a sink."""
NOON_MS: Final = int(NOON.timestamp() * 1000)


def requests(numbers: Iterable[int], *, gap_ms: int = 10, partition_count: int = 3) -> Iterator[Recorded]:
    """Yield the recorded request of each number, one after the other with the same gap."""
    offsets = [0] * partition_count
    for place, number in enumerate(numbers):
        sent = message(requested(number))
        partition = partition_of(sent.key, partition_count)
        headers = tuple(sent.headers)
        at_ms = NOON_MS + place * gap_ms
        name = LINK_REQUESTS.name
        yield Recorded(name, partition, offsets[partition], at_ms, "create", sent.key, headers, sent.value)
        offsets[partition] += 1


def recorded(path: Path, records: Sequence[Recorded]) -> Path:
    """Write a recording and return its path."""
    with RecordingWriter(path, Draft(partition_counts={LINK_REQUESTS.name: 3})) as writer:
        writer.write(records)
    return path


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What a profile names beside Kafka."""

    cluster_ids: tuple[str, ...] = ()
    ledger: Deployment | None = None
    mailbox: Path | None = None
    readyz: str | None = None


_KAFKA_ALONE: Final = Reached()


def profile_of(kafka: KafkaSettings, folder: Path, reached: Reached = _KAFKA_ALONE) -> Path:
    """Write a profile into a folder and return its path."""
    key, password, path = folder / "rehearsal.key", folder / "reader.password", folder / "replay.toml"
    key.write_text(REHEARSAL_KEYS)
    password.write_text(PASSWORDS["reader"])
    where = {"bootstrap_servers": kafka.kafka_bootstrap_servers, "topic_prefix": kafka.topic_prefix}
    given: dict[str, Any] = {"name": "test", "rehearsal_key_file": key.name}
    given["kafka"] = where | {"cluster_ids": reached.cluster_ids}
    if reached.ledger is not None:
        url = reached.ledger.settings("reader")["database_url"]
        given["ledger"] = {"database_url": url, "password_file": password.name}
    if reached.mailbox is not None:
        given["mail"] = {"mailbox": str(reached.mailbox)}
    if reached.readyz is not None:
        given["readyz"] = {"linker": reached.readyz}
    save_profile(checked(given, path), path)
    return path


def spooled(folder: Path, records: Sequence[Recorded], *, workers: int = 1, **choices: object) -> Spool:
    """Write the spool of a run and return it."""
    recording = Recording.open(recorded(folder / "some.jsonl", records))
    wanted = chosen(**({"run_id": "test-run"} | choices))
    start_ms = int(now().timestamp() * 1000)
    ring = KeyRing.parse(REHEARSAL_KEYS)
    remaker = Remaker(wanted, {LINK_REQUESTS.name: 3}, ring, first_ms=records[0].timestamp_ms, start_ms=start_ms)
    return write_spool(folder / "spool", recording, wanted, remaker, workers)
