"""`nation`: every federal filer links at once. 1.3 million requests at full speed, then their mail, then the audit.

Three times are printed: from the first record sent to the last row of the ledger, with the notifier not running; from
the notifier's start to the last letter accepted by the sink; and the audit. Beside the first: the drain of a backlog
that lies ready, from `drain`'s last run on this machine. With each the CPU of every part, in µs a request.

NATION_SCALE=0.1 in the environment plays a tenth of it.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import orjson

from bench.closing import audited
from bench.figures import PATH, Figure
from bench.rehearsed import REHEARSAL, played, profiled
from bench.sink import provide, sinking
from bench.stage import Stage, role, stage
from bench.usage import using
from services.ops.registry import packaged, publish
from services.replay.recording.reading import Recording

SCENARIO: Final = "nation-in-an-hour"
SEED: Final = 7
SCALE: Final = "NATION_SCALE"
PROCESS_COUNT: Final = "2"
# Counting a million letters is work: not too often.
_POLL_S: Final = 5.0
_MAILED_S_MAX: Final = 1_800.0
_REST_S_MAX: Final = 120.0
# By the database's clock, from the first commit of the linker to its last.
_LEDGER: Final = """
SELECT count(*) AS count, extract(epoch FROM max(committed_at))::float8 AS last_s FROM linker.ledger"""
_WAITING: Final = """
SELECT (SELECT count(*) FROM linker.ledger) - (SELECT coalesce(sum(last_seq), 0) FROM notifier.position)
     + (SELECT count(*) FROM notifier.deliveries WHERE state NOT IN ('accepted', 'bounced', 'held'))"""


async def run() -> list[Figure]:
    """Measure, audit, and return the figures. Raises Missing without smtp-sink, NotClean."""
    program = provide()
    async with stage() as made, sinking(program) as sink:
        file = await _generated(made)
        await publish(made.kafka, packaged().values())
        count, ledger_s = await _linked(made, file)
        mail_s, letters = await _mailed(made, sink)
        with _told("audit") as took:
            await audited(made, sent=made.folder / "nation" / "sent.jsonl", rest_s=_REST_S_MAX)
            took.count, took.what = count, f"audit of {count:,} requests"
    beside, ratio = _beside(count / ledger_s)
    return [
        Figure("nation, to the last ledger row", ledger_s, "s", beside, ratio),
        Figure("nation, mail drained", mail_s, "s", f"{letters / mail_s:,.0f} letters/s"),
        Figure("nation, audit", took.seconds, "s", f"{count:,} requests, clean"),
    ]


@dataclass
class _Took:
    """What a part of the benchmark took; `count` and `what` are told at its end."""

    what: str
    count: int = 0
    seconds: float = 0.0


@contextmanager
def _told(what: str) -> Generator[_Took]:
    """Print how long a block took, and the CPU of each part of the system in it, in µs for each of its `count`."""
    took, began_s = _Took(what), time.monotonic()
    with using() as usage:
        yield took
    took.seconds = time.monotonic() - began_s
    each = {part: cores * took.seconds / max(1, took.count) * 1e6 for part, cores in usage.cores.items()}
    told = ", ".join(f"{part} {us:.1f}" for part, us in sorted(each.items(), key=lambda item: -item[1]) if us >= 0.1)
    print(f"nation: {took.what}: {took.seconds:.1f} s; µs of CPU for each: {told}", flush=True)


async def _linked(made: Stage, file: Path) -> tuple[int, float]:
    """Play the stream and return how many rows it made, and the seconds from the first record to the last of them."""
    options = ("--full-speed", "--wait-for=committed", "--no-audit", "--drain=300")
    profile = await profiled(made)
    async with role(made, "linker", "--processes", PROCESS_COUNT, **REHEARSAL):
        with _told("linked, with preparing and reporting") as took:
            result = await played(made, profile, file, "nation", *options)
            count, ledger_s = await _ledger_s(made, result.conditions.started_at.timestamp())
            took.count = count
    ours_us = result.generator.cpu_us_per_record or 0.0
    print(f"nation: generator and measurement: {ours_us:.1f} µs of CPU a record, of `elsewhere`", flush=True)
    print(f"nation: {count:,} rows in the ledger {ledger_s:.1f} s after the first record", flush=True)
    return count, ledger_s


async def _generated(made: Stage) -> Path:
    file = made.folder / "nation.jsonl"
    began_s = time.monotonic()
    scale = os.environ.get(SCALE, "1")
    words = ("replay", "generate", SCENARIO, "--scale", scale, "--seed", str(SEED), "-o", str(file))
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.ops", *words)
    if await process.wait():
        raise RuntimeError("the stream could not be generated: see above")
    manifest = Recording.open(file).manifest
    print(f"nation: {manifest.count:,} records generated in {time.monotonic() - began_s:.0f} s", flush=True)
    return file


async def _ledger_s(made: Stage, started_at: float) -> tuple[int, float]:
    async with _connected(made) as connection:
        row = await connection.fetchrow(_LEDGER)
    return row["count"], row["last_s"] - started_at


async def _mailed(made: Stage, sink: dict[str, str]) -> tuple[float, int]:
    """Start the notifier, wait until every letter is final, and return the seconds and how many were accepted."""
    began_s = time.monotonic()
    async with (
        role(made, "notifier", "--processes", PROCESS_COUNT, **sink, **REHEARSAL),
        _connected(made) as connection,
    ):
        with _told("mailed") as took:
            async with asyncio.timeout(_MAILED_S_MAX):
                while await connection.fetchval(_WAITING):
                    await asyncio.sleep(_POLL_S)
            took.count = await connection.fetchval("SELECT count(*) FROM notifier.deliveries WHERE state = 'accepted'")
            took.what = f"{took.count:,} letters accepted"
        return time.monotonic() - began_s, took.count


@asynccontextmanager
async def _connected(made: Stage) -> AsyncGenerator[Any]:
    connection = await asyncpg.connect(made.owner_url)
    try:
        yield connection
    finally:
        await connection.close()


def _beside(rate: float) -> tuple[str, float | None]:
    """Return the drain's figure of the last run, and ours to it."""
    kept = orjson.loads(PATH.read_bytes()) if PATH.exists() else []
    drain = next((each for each in kept if each["name"] == "drain"), None)
    if drain is None:
        return f"{rate:,.0f} links/s; run `drain` before it to compare", None
    return f"{rate:,.0f} links/s; drain: {drain['value']:,.0f}/s", rate / drain["value"]
