"""`record` and `inspect` over a topic of link requests, as the commands a person would run, with `kcat -J` beside.

Records a second are those of the whole command, its start included; memory is the most that its processes held at once.
`python -m bench.recording 10000000` does it with that many.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import uuid_utils.compat as uuids
import uvloop

from bench.figures import Figure, show
from bench.sink import Missing
from services.contract.envelope import PROOF, envelope
from services.contract.ids import partition_of
from services.contract.topics import LINK_REQUESTS
from services.ops.stack.kafka import KafkaServer
from services.runtime.clock import now
from services.runtime.publish import Message, OrderedPublisher
from services.runtime.settings import KafkaSettings
from services.runtime.topology import Shape, create_topics

COUNT = 1_000_000
PARTITION_COUNT = 6
CHUNK = 5_000
SAMPLE_S = 0.1
_LIB = Path(__file__).parents[1] / "var" / "lib"
_TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
_VALUE = (
    '{{"request_id":"{id}","request":"Link","court_id":"UTBK","court_live_at":"2026-11-01T13:00:00.000000Z",'
    '"pacer_account":"{number}","pacer_name":"Filer {number}","pacer_email":"filer{number}@example.org",'
    '"pacer_upgraded":true,"cmecf_login":"filer{number}","cmecf_canonical":"filer{number}",'
    '"cmecf_name":"Filer {number}","verifier_version":"own:1","verified_at":"2026-11-02T18:00:00.123456Z",'
    '"confirmed_at":"2026-11-02T18:00:20.123456Z"}}'
)


class Ran(NamedTuple):
    """A command that ran: how long, how long of it on a processor, and the most memory that it held."""

    seconds: float
    busy_s: float
    resident_mb: float


async def run(count: int = COUNT) -> Sequence[Figure]:
    """Return the figures. Raises Missing where a command fails."""
    async with _filled(count) as (kafka, folder):
        recording = folder / "bench.jsonl.zst"
        environment = os.environ | {"KAFKA_BOOTSTRAP_SERVERS": kafka.kafka_bootstrap_servers}
        ours = (sys.executable, "-m", "services.ops", "replay")
        recorded = await _ran((*ours, "record", "--to", "end", "-o", str(recording)), environment)
        inspected = await _ran((*ours, "inspect", str(recording), "--json"), environment)
        beside = await _kcat(kafka, folder)
    told, ratio = "kcat is not installed", None
    if beside is not None:
        figures = f"{count / beside.seconds:,.0f}/s, {_busy_us(beside, count):.1f} µs, {beside.resident_mb:,.0f} MB"
        told, ratio = f"kcat -J into a file: {figures}", beside.seconds / recorded.seconds
    return [
        Figure("replay record (zstd, digest, merged by time)", count / recorded.seconds, "records/s", told, ratio),
        Figure("replay record, processor", _busy_us(recorded, count), "µs/record", "both processes; 2 cores"),
        Figure("replay record, resident", recorded.resident_mb, "MB", f"{count:,} records; both processes"),
        Figure("replay inspect (digest, models, duplicates)", count / inspected.seconds, "records/s", "nothing"),
        Figure("replay inspect, processor", _busy_us(inspected, count), "µs/record", "both processes; 2 cores"),
        Figure(
            "replay inspect, resident",
            inspected.resident_mb,
            "MB",
            f"{count:,} records, 16 bytes for each; both processes",
        ),
    ]


def _busy_us(ran: Ran, count: int) -> float:
    return ran.busy_s / count * 1e6


async def _kcat(kafka: KafkaSettings, folder: Path) -> Ran | None:
    program = shutil.which("kcat")
    if program is None:
        return None
    command = (program, "-C", "-J", "-e", "-q", "-o", "beginning", "-t", LINK_REQUESTS.name)
    return await _ran((*command, "-b", kafka.kafka_bootstrap_servers), dict(os.environ), folder / "kcat.jsonl")


async def _ran(command: Sequence[str], environment: dict[str, str], output: Path | None = None) -> Ran:
    return await asyncio.to_thread(_measured, command, environment, output or Path(os.devnull))


def _measured(command: Sequence[str], environment: dict[str, str], output: Path) -> Ran:
    started, most_bytes = time.monotonic(), 0
    with output.open("wb") as file:
        process = subprocess.Popen(command, env=environment, stdout=file)
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            most_bytes = max(most_bytes, _resident_bytes(process.pid))
            time.sleep(SAMPLE_S)
    seconds, (_, status, usage) = time.monotonic() - started, ended
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Missing(f"`{' '.join(command[:6])} …` ended with {process.returncode}")
    return Ran(seconds, usage.ru_utime + usage.ru_stime, most_bytes / 2**20)


def _resident_bytes(pid: int) -> int:
    """Return what a process and its children hold, what they share counted once."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        me = psutil.Process(pid)
        for each in (me, *me.children()):
            total += each.memory_full_info().pss
    return total


@asynccontextmanager
async def _filled(count: int) -> AsyncGenerator[tuple[KafkaSettings, Path]]:
    """A broker of its own whose request topic holds so many requests, each with eight headers."""
    folder = Path(tempfile.mkdtemp(prefix="ecflink-bench-"))
    try:
        with KafkaServer(home=_LIB, data_dir=folder / "kafka", log_path=folder / "kafka.log", heap_mb=1024) as server:
            kafka = KafkaSettings(kafka_bootstrap_servers=server.bootstrap)
            await create_topics(kafka, Shape(PARTITION_COUNT))
            await _fill(kafka, count)
            yield kafka, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _fill(kafka: KafkaSettings, count: int) -> None:
    waiting: list[list[Message]] = [[] for _ in range(PARTITION_COUNT)]
    publisher = OrderedPublisher(kafka)
    for message in _messages(count):
        partition = partition_of(message.key, PARTITION_COUNT)
        waiting[partition].append(message)
        if len(waiting[partition]) == CHUNK:
            await _send(publisher, partition, waiting[partition])
    for partition, messages in enumerate(waiting):
        await _send(publisher, partition, messages)
    await publisher.close()


async def _send(publisher: OrderedPublisher, partition: int, messages: list[Message]) -> None:
    async for _ in publisher.publish(LINK_REQUESTS.name, partition, messages):
        pass
    messages.clear()


def _messages(count: int) -> Iterator[Message]:
    about = envelope(
        ce_id="", ce_type=LINK_REQUESTS.event_type, source="/ecflink/bench", time=now(), traceparent=_TRACE
    )
    for number in range(1_000_000, 1_000_000 + count):
        request_id = str(uuids.uuid7())
        own = [("ce_specversion", b"1.0"), ("ce_id", request_id.encode()), *about[2:]]
        value = _VALUE.format(id=request_id, number=number).encode()
        yield Message(f"UTBK:{number}".encode(), value, [*own, (PROOF, b"bench:" + b"5a" * 32)])


if __name__ == "__main__":
    show(list(uvloop.run(run(int(sys.argv[1]) if sys.argv[1:] else COUNT))))
