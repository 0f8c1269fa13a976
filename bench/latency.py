"""`latency`: 1,000 requests a second into link-requests-v1, open loop, through linker and notifier to a mail server.

Each is timed from the instant at which it was to be sent, so that waiting behind others counts. To the ledger: until
the linker, its commit done, stamps the record that it publishes (whole milliseconds, rounded up). To the mail: until
the notifier, the server's reply read, writes the attempt's end.
"""

import asyncio
import sys
from collections.abc import Iterable, Mapping
from math import ceil
from pathlib import Path
from typing import Final

import asyncpg
import orjson
from hdrh.histogram import HdrHistogram

from bench.closing import REST_S_MAX, audited
from bench.figures import Figure
from bench.generator import Sent
from bench.sink import provide, sinking
from bench.stage import PARTITION_COUNT, Stage, role, stage
from bench.usage import Usage, using
from services.contract.topics import LINK_TRANSACTIONS
from services.ops.registry import packaged, publish
from services.runtime.read import reading

RATE: Final = 1_000
WARM_UP_S: Final = 30  # until the broker, too, has compiled what it runs
SECONDS: Final = 30
PERCENTILES: Final = {"p50": 50.0, "p99": 99.0, "p999": 99.9}
_STAMP_S: Final = 0.001
_US_MAX: Final = 120_000_000
_ENDED: Final = """
SELECT d.request_id::text AS request_id, extract(epoch FROM a.ended_at)::float8 AS ended_at
  FROM notifier.deliveries AS d JOIN notifier.attempts AS a USING (delivery_id) WHERE a.outcome = 'accepted'"""


async def run() -> list[Figure]:
    """Measure, audit, and return the figures. Raises Missing without smtp-sink."""
    program = provide()
    async with stage() as made, sinking(program) as settings:
        await publish(made.kafka, packaged().values())
        async with role(made, "linker"), role(made, "notifier", **settings):
            sent, usage = await _generate(made)
            await audited(made, sent=_manifest(made), rest_s=REST_S_MAX)
        ledger, mail = await _recorded(made), await _accepted(made)
    timed = sent[RATE * WARM_UP_S :]
    late_ms = _percentiles(each.late_s for each in timed)["p99"]
    print(f"latency: {len(timed):,} requests; the generator was late by {late_ms:.1f} ms (p99); cores: {usage}")
    beside = f"open loop, {RATE:,} requests/s for {SECONDS} s; generator's own delay p99 {late_ms:.1f} ms"
    return [*_figures("ledger", timed, ledger, beside), *_figures("mail", timed, mail, beside)]


def _manifest(made: Stage) -> Path:
    return made.folder / "sent.jsonl"


async def _generate(made: Stage) -> tuple[list[Sent], Usage]:
    timeline = made.folder / "timeline.json"
    count = RATE * (WARM_UP_S + SECONDS)
    arguments = (str(count), str(RATE), str(_manifest(made)), str(timeline))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.generator",
        *arguments,
        env=made.environment("linker"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()  # everything is made, the sending begins
    with using() as usage:
        code = await process.wait()
    if code:
        raise RuntimeError("the generator failed: see above")
    told = orjson.loads(timeline.read_bytes())
    usage.told("generator", told["cores"])
    return [Sent(**each) for each in told["sent"]], usage


async def _recorded(made: Stage) -> dict[str, float]:
    """Return when each request's transaction was in the ledger, by request id."""
    instants = {}
    for partition in range(PARTITION_COUNT):
        async with reading(made.kafka, LINK_TRANSACTIONS.name, partition) as reader:
            async for records in reader.until((await reader.bounds()).end):
                for record in records:
                    request_id = orjson.loads(record.value or b"")["request"]["request_id"]
                    instants[request_id] = record.timestamp / 1000 + _STAMP_S
    return instants


async def _accepted(made: Stage) -> dict[str, float]:
    """Return when each request's letter was accepted, by request id."""
    connection = await asyncpg.connect(made.owner_url)
    try:
        return {row["request_id"]: row["ended_at"] for row in await connection.fetch(_ENDED)}
    finally:
        await connection.close()


def _figures(name: str, timed: list[Sent], reached: Mapping[str, float], beside: str) -> list[Figure]:
    found = _percentiles(reached[each.request_id] - each.intended_at for each in timed)
    return [Figure(f"latency-{name}-{label}", round(value, 2), "ms", beside) for label, value in found.items()]


def _percentiles(seconds: Iterable[float]) -> dict[str, float]:
    """Return the percentiles in milliseconds."""
    histogram = HdrHistogram(1, _US_MAX, 3)
    for each in seconds:
        histogram.record_value(max(1, ceil(each * 1e6)))
    return {label: histogram.get_value_at_percentile(at) / 1000 for label, at in PERCENTILES.items()}
