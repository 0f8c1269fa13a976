"""`plan`, and the spool that a run sends from, over a recording of link requests: each in a process of its own.

CPU is that of the whole process, threads included: it is what the machine has less for the system under test.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import orjson
import uuid_utils.compat as uuids

from bench.figures import Figure
from services.contract.ids import partition_of
from services.contract.proof import KeyRing
from services.contract.requests import LinkRequested, RequestKind
from services.contract.sealed import seal
from services.contract.topics import LINK_REQUESTS
from services.replay.plan.choices import chosen
from services.replay.plan.forecast import forecast
from services.replay.plan.remaking import Remaker
from services.replay.plan.spool import write_spool
from services.replay.recording.manifest import Draft
from services.replay.recording.reading import Recording
from services.replay.recording.record import Recorded
from services.replay.recording.writing import RecordingWriter

COUNT = 300_000
PARTITION_COUNT = 6
_CHUNK = 10_000
_RING = KeyRing({"bench": bytes(32)})
_PARTITIONS = {LINK_REQUESTS.name: PARTITION_COUNT}
_FIRST = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
_ASKED: dict[str, dict[str, str]] = {"spool": {}, "keep": {"ids": "keep"}, "now": {"times": "now"}}
"""The spools that are written, and what is asked of each."""
_TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Used(NamedTuple):
    """What a part took: seconds, seconds of CPU, and the most memory that its process held."""

    seconds: float
    cpu_s: float
    resident_mb: float


async def run() -> Sequence[Figure]:
    """Return the figures."""
    with tempfile.TemporaryDirectory(prefix="ecflink-planning-") as name:
        path = Path(name) / "bench.jsonl.zst"
        with RecordingWriter(path, Draft(partition_counts=_PARTITIONS)) as writer:
            for first in range(0, COUNT, _CHUNK):
                writer.write([_recorded(number) for number in range(first, first + _CHUNK)])
        read, planned, spooled, kept, at_once = (_used(part, path) for part in ("read", "plan", *_ASKED))
    beside = f"reading the recording alone: {read.cpu_s / COUNT * 1e6:.1f}"
    return [
        Figure("replay plan (digest, timeline, remade)", COUNT / planned.seconds, "records/s", "nothing"),
        Figure("replay plan, resident", planned.resident_mb, "MB", f"{COUNT:,} records; 18 bytes for each"),
        Figure("replay run, spool (remade, signed, written)", COUNT / spooled.seconds, "records/s", "nothing"),
        Figure("replay run, spool, CPU", spooled.cpu_s / COUNT * 1e6, "µs/record", beside),
        Figure("replay run, spool, --ids keep", kept.cpu_s / COUNT * 1e6, "µs/record", beside),
        Figure("replay run, spool, --times now", at_once.cpu_s / COUNT * 1e6, "µs/record", beside + ", twice"),
    ]


def _recorded(number: int) -> Recorded:
    at = _FIRST + timedelta(milliseconds=2 * number)
    name = f"filer{number}"
    request = LinkRequested(
        request_id=uuids.uuid7(),
        request=RequestKind.LINK,
        court_id="UTBK",
        court_live_at=_FIRST,
        pacer_account=f"{1_000_000 + number}",
        pacer_name=name,
        pacer_email=f"{name}@example.org",
        pacer_upgraded=True,
        cmecf_login=name,
        cmecf_canonical=name,
        cmecf_name=name,
        verifier_version="own-1",
        verified_at=at - timedelta(seconds=20),
        confirmed_at=at,
    )
    sealed = seal(request, _RING, source="/ecflink/auth", traceparent=_TRACE)
    partition = partition_of(sealed.key, PARTITION_COUNT)
    stamp_ms = int(at.timestamp() * 1000)
    headers = tuple(sealed.headers)
    return Recorded(LINK_REQUESTS.name, partition, number, stamp_ms, "create", sealed.key, headers, sealed.value)


def _used(part: str, path: Path) -> Used:
    command = (sys.executable, "-m", "bench.planning", part, str(path))
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return Used(*orjson.loads(told.splitlines()[-1]))


def _part(part: str, path: Path) -> None:
    recording, choices = Recording.open(path), chosen(run_id="bench", **_ASKED.get(part, {}))
    first_ms = recording.manifest.first_ms or 0
    if part == "read":
        for _ in recording.batches():
            pass
    elif part == "plan":
        forecast(recording, choices, _PARTITIONS, None, start_ms=first_ms)
    else:
        remaker = Remaker(choices, _PARTITIONS, _RING, first_ms=first_ms, start_ms=first_ms)
        write_spool(path.parent / part, recording, choices, remaker, 2)


if __name__ == "__main__":
    started, used = time.perf_counter(), time.process_time()
    _part(sys.argv[1], Path(sys.argv[2]))
    resident_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(orjson.dumps([time.perf_counter() - started, time.process_time() - used, resident_mb]).decode())
