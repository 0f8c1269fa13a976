"""`replay`: what playing and measuring cost. A recording at full speed into the topic, and 5,000 records a second.

Beside it, in the same run and on the same broker: kafka-producer-perf-test with records of the same size, and kcat.
"""

import asyncio
import re
import shutil
import time
from collections.abc import Iterable
from itertools import batched
from pathlib import Path
from typing import Final

from bench.backlog import Made, requests
from bench.figures import Figure
from bench.rehearsed import REHEARSAL, played, profiled
from bench.sink import Missing
from bench.stage import KEY_ID, PARTITION_COUNT, Stage, role, stage
from services.contract.proof import KeyRing
from services.contract.topics import LINK_REQUESTS
from services.ops.stack.kafka import KafkaServer
from services.replay.measure.results import RunResult
from services.replay.recording.manifest import Draft
from services.replay.recording.record import Recorded
from services.replay.recording.writing import RecordingWriter
from services.runtime.publish import Message

COUNT: Final = 200_000
PACED_PER_S: Final = 5_000
PACED_S: Final = 20
CPU_US_MAX: Final = 25
LATE_MS_MAX: Final = 2
_LIB: Final = Path(__file__).parents[1] / "var" / "lib"
_CHUNK: Final = 5_000
_RATE: Final = re.compile(r"([\d.]+) records/sec")


async def run() -> list[Figure]:
    """Measure and return the figures. Raises Missing without kcat."""
    kcat = shutil.which("kcat")
    if kcat is None:
        raise Missing("kcat is missing: `apt-get install kcat`, or the package of your system")
    async with stage() as made:
        profile = await profiled(made)
        backlog = list(requests(COUNT, KeyRing.parse(f"{KEY_ID}:{made.proof_key}")))
        file = _recorded(made.folder / "backlog.jsonl", backlog)
        async with role(made, "linker", **REHEARSAL):
            full = await played(made, profile, file, "full", "--full-speed", "--wait-for=committed")
        # From here on nobody reads: the broker and the sender have the machine to themselves.
        alone = await played(made, profile, file, "alone", "--full-speed", "--wait-for=acknowledged", "--no-audit")
        pace = (f"--rate={PACED_PER_S}", f"--for={PACED_S}s", "--wait-for=acknowledged", "--no-audit")
        paced = await played(made, profile, file, "paced", *pace)
        size = sum(len(each.message.value or b"") for each in backlog) // len(backlog)
        beside = await _perf_test(made, size), await _kcat(made, kcat, backlog)
    return _figures(alone, full, paced, *beside)


def _figures(alone: RunResult, full: RunResult, paced: RunResult, perf_test: float, kcat: float) -> list[Figure]:
    rate = _rate(alone)
    cpu_us, late = full.generator.cpu_us_per_record or 0.0, paced.generator
    print(f"replay: alone {rate:,.0f} records/s, {alone.generator.cpu_us_per_record:.1f} µs a record")
    print(f"replay: measured to the ledger {cpu_us:.1f} µs a record")
    print(f"replay: at {PACED_PER_S:,}/s p50 {late.late_p50_ms:.2f} ms late")
    return [
        Figure(
            "replay at full speed", rate, "records/s", f"kafka-producer-perf-test {perf_test:,.0f}/s", rate / perf_test
        ),
        Figure("replay at full speed", rate, "records/s", f"kcat, no headers {kcat:,.0f}/s", rate / kcat),
        Figure("replay, generator and measurement", cpu_us, "µs CPU/record", f"wanted: at most {CPU_US_MAX}"),
        Figure("replay, late at 5,000/s, p99", late.late_p99_ms, "ms", f"wanted: at most {LATE_MS_MAX}"),
    ]


def _rate(result: RunResult) -> float:
    return result.counts.acknowledged / result.windows.drained_s


def _recorded(path: Path, backlog: Iterable[Made]) -> Path:
    with RecordingWriter(path, Draft(partition_counts={LINK_REQUESTS.name: PARTITION_COUNT})) as writer:
        for number, chunk in enumerate(batched(backlog, _CHUNK, strict=False)):
            writer.write([_record(each, number * _CHUNK + place) for place, each in enumerate(chunk)])
    return path


def _record(each: Made, offset: int) -> Recorded:
    message: Message = each.message
    at_ms = int(each.request.confirmed_at.timestamp() * 1000)
    headers = tuple(message.headers)
    name = LINK_REQUESTS.name
    return Recorded(name, each.partition, offset, at_ms, "create", message.key, headers, message.value)


async def _perf_test(made: Stage, size: int) -> float:
    """Return the records a second of Kafka's own benchmark, its producer set as ours is."""
    kafka = KafkaServer(home=_LIB, data_dir=made.folder, log_path=made.folder / "perf-test.log")
    argv = ["-cp", kafka.classpath, "org.apache.kafka.tools.ProducerPerformance", "--topic", LINK_REQUESTS.name]
    argv += ["--num-records", str(COUNT), "--record-size", str(size), "--throughput", "-1", "--producer-props"]
    argv += [f"bootstrap.servers={made.bootstrap}", "acks=all", "enable.idempotence=true"]
    output = await _output(str(kafka.java), *argv)
    return float(_RATE.findall(output)[-1])


async def _kcat(made: Stage, program: str, backlog: list[Made]) -> float:
    """Return the records a second of kcat, from a file with one value a line."""
    lines = made.folder / "lines"
    lines.write_bytes(b"\n".join(each.message.value or b"" for each in backlog))
    began_s = time.monotonic()
    options = ("-X", "acks=all", "-X", "enable.idempotence=true")
    await _output(program, "-P", "-b", made.bootstrap, "-t", LINK_REQUESTS.name, *options, "-l", str(lines))
    return len(backlog) / (time.monotonic() - began_s)


async def _output(*argv: str) -> str:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*argv, stdout=pipe, stderr=pipe)
    said, errors = await process.communicate()
    if process.returncode:
        raise Missing(f"{argv[0]} failed: {errors.decode(errors='replace')[-1000:]}")
    return said.decode(errors="replace")
