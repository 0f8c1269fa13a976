"""`nation`: every federal filer links at once. 1.3 million requests at full speed, then their mail, then the audit.

Three times are printed: from the first record sent to the last row of the ledger, with the notifier not running; from
the notifier's start to the last letter accepted by the sink; and the audit. Beside the first: the drain of a backlog
that lies ready, from `drain`'s last run on this machine.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
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
        async with role(made, "linker", "--processes", PROCESS_COUNT, **REHEARSAL):
            with using() as usage:
                result = await played(
                    made,
                    await profiled(made),
                    file,
                    "nation",
                    "--full-speed",
                    "--wait-for=committed",
                    "--no-audit",
                    "--drain=300",
                )
        count, ledger_s = await _ledger_s(made, result.conditions.started_at.timestamp())
        print(
            f"nation: {count:,} rows in the ledger {ledger_s:.1f} s after the first record; cores: {usage}", flush=True
        )
        mail_s, letters = await _mailed(made, sink)
        print(f"nation: {letters:,} letters accepted in {mail_s:.1f} s", flush=True)
        began_s = time.monotonic()
        await audited(made, sent=made.folder / "nation" / "sent.jsonl", rest_s=_REST_S_MAX)
        audit_s = time.monotonic() - began_s
    beside, ratio = _beside(count / ledger_s)
    return [
        Figure("nation, to the last ledger row", ledger_s, "s", beside, ratio),
        Figure("nation, mail drained", mail_s, "s", f"{letters / mail_s:,.0f} letters/s"),
        Figure("nation, audit", audit_s, "s", f"{count:,} requests, clean"),
    ]


async def _generated(made: Stage) -> Path:
    file = made.folder / "nation.jsonl"
    began_s = time.monotonic()
    words = ("replay", "generate", SCENARIO, "--seed", str(SEED), "-o", str(file))
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
        async with asyncio.timeout(_MAILED_S_MAX):
            while await connection.fetchval(_WAITING):
                await asyncio.sleep(_POLL_S)
        took_s = time.monotonic() - began_s
        accepted = await connection.fetchval("SELECT count(*) FROM notifier.deliveries WHERE state = 'accepted'")
    return took_s, accepted


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
