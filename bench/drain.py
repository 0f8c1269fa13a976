"""`drain`: a backlog of link requests through the linker to Postgres and link-transactions-v1, all on this machine.

Beside it, in the same run: the plain service (one record = one transaction), and our own SQL without a broker.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

import asyncpg
import psutil
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic

from bench import plain
from bench.backlog import fill, requests
from bench.closing import audited
from bench.figures import Figure
from bench.stage import KEY_ID, PARTITION_COUNT, Stage, role, stage
from services.contract.proof import KeyRing
from services.contract.topics import LINK_TRANSACTIONS
from services.runtime.kafka import admin, consumer
from services.runtime.migrations import migrate
from services.runtime.topology import make_positions

COUNT = 200_000
PLAIN_COUNT = 12_000
SQL_DATABASE = "sql_alone"
PROMISES = ("P1", "P2", "P3", "P4", "P5", "P7", "P9")
_POLL_S = 0.02
_DRAINED_S_MAX = 300.0
_TAKEN = "SELECT coalesce(sum(next_offset), 0)::bigint FROM linker.position"


class Drained(NamedTuple):
    """How a backlog went: links per second, and the resident memory of the largest linker process."""

    rate: float
    resident_mb: float


async def run() -> list[Figure]:
    """Measure with one process and with two, each audited, then the peers; return the figure of the faster."""
    async with stage() as made:
        one = await _audited(made, processes=1)
    async with stage() as made:
        two = await _audited(made, processes=2)
        plain_rate = await _plain(made)
        sql_rate = await _sql(made)
    best = max(one, two)
    print(f"drain: 1 process  {one.rate:,.0f} links/s, {one.resident_mb:.0f} MB resident")
    print(f"drain: 2 processes {two.rate:,.0f} links/s, {two.resident_mb:.0f} MB each at most")
    print(f"drain: two processes do {two.rate / one.rate:.2f} times what one does")
    print(
        f"drain: our SQL without a broker {sql_rate:,.0f} links/s; the drain reaches {best.rate / sql_rate:.0%} of it"
    )
    beside = f"plain service, 8 connections: {plain_rate:,.0f}/s"
    return [Figure("drain", best.rate, "links/s", beside, best.rate / plain_rate)]


async def _audited(made: Stage, *, processes: int) -> Drained:
    sent = made.folder / "sent.jsonl"
    await fill(made, requests(COUNT, KeyRing.parse(f"{KEY_ID}:{made.proof_key}")), manifest=sent)
    drained = await _drained(made, processes)
    await audited(made, sent=sent, promises=PROMISES)
    return drained


async def _drained(made: Stage, processes: int) -> Drained:
    """Time a backlog from the first commit seen to the last row in the output topic."""
    connection = await asyncpg.connect(made.owner_url)
    client = consumer(made.kafka)
    await client.start()
    try:
        async with role(made, "linker", "--processes", str(processes)) as linker, asyncio.timeout(_DRAINED_S_MAX):
            while not (first := await connection.fetchval(_TAKEN)):
                await asyncio.sleep(_POLL_S)
            started = time.monotonic()
            while await connection.fetchval(_TAKEN) < COUNT:
                await asyncio.sleep(_POLL_S)
            places = [TopicPartition(LINK_TRANSACTIONS.name, number) for number in range(PARTITION_COUNT)]
            while sum((await client.end_offsets(places)).values()) < COUNT:
                await asyncio.sleep(_POLL_S)
            elapsed_s = time.monotonic() - started
            resident = max(process.memory_info().rss for process in _workers(linker))
    finally:
        await client.stop()
        await connection.close()
    return Drained((COUNT - first) / elapsed_s, resident / 1e6)


def _workers(linker: psutil.Process) -> list[psutil.Process]:
    return linker.children() or [linker]


async def _plain(made: Stage) -> float:
    connection = await asyncpg.connect(made.owner_url)
    await connection.execute(plain.TABLES)
    await connection.close()
    async with admin(made.kafka) as client:
        await client.create_topics([NewTopic(plain.TOPIC, PARTITION_COUNT, 1)])
    (rate,) = await _rates(made, [("bench.plain", str(PLAIN_COUNT))], {"PLAIN_URL": made.owner_url})
    return rate


async def _sql(made: Stage) -> float:
    """Return the rate of two processes that commit the same batches without a broker, in a database of its own."""
    connection = await asyncpg.connect(made.owner_url)
    await connection.execute(f"CREATE DATABASE {SQL_DATABASE}")
    await connection.close()
    owner_url = f"{made.owner_url.rpartition('/')[0]}/{SQL_DATABASE}"
    await migrate(owner_url, made.passwords)
    await make_positions(owner_url, PARTITION_COUNT)
    url = made.database("linker")["DATABASE_URL"].rpartition("/")[0] + f"/{SQL_DATABASE}"
    halves = [("bench.sql", "0,1,2", str(COUNT)), ("bench.sql", "3,4,5", str(COUNT))]
    return sum(await _rates(made, halves, {"DATABASE_URL": url}))


async def _rates(made: Stage, modules: Sequence[tuple[str, ...]], settings: dict[str, str]) -> list[float]:
    """Run benchmark modules side by side and return what each prints."""
    env = made.environment("linker") | settings
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", *module, env=env, stdout=asyncio.subprocess.PIPE)
        for module in modules
    ]
    outputs = await asyncio.gather(*(process.communicate() for process in processes))
    return [float(output) for output, _ in outputs]
