"""`guard`: how many logins a second one guard counts, how soon its verdict is out at 1,000/s, how soon it is back.

Capacity is measured at 100 % failures, each on an account and from a prefix of its own, which costs most, and at 15 %:
the pace between a tenth and nine tenths of what waits. A verdict is timed from the instant at which the deciding login
was to be sent until a reader of `auth-throttles-v1` has it.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from urllib.request import urlopen

import psutil
from aiokafka import AIOKafkaProducer, TopicPartition
from hdrh.histogram import HdrHistogram

from bench.figures import Figure
from bench.stage import PARTITION_COUNT, Stage, stage
from bench.usage import using
from services.auth.guard.topics import TOPICS
from services.contract.ids import partition_of
from services.contract.logins import Credential, LoginAttempted, LoginOutcome
from services.contract.topics import AUTH_LOGINS, AUTH_THROTTLES
from services.ops.stack.ports import free_port
from services.runtime.clock import now
from services.runtime.kafka import consumer, producer
from services.runtime.topology import Shape, create_topics

COUNT: Final = 40_000
RATE: Final = 1_000
SECONDS: Final = 30
FAILURES: Final = 10  # what throttles an account, by default
_READY_S_MAX: Final = 60.0
_SETTLE_S: Final = 3.0
_COURTS: Final = 90


class Guard:
    """One guard as a process."""

    def __init__(self, made: Stage) -> None:
        self._made = made
        self._port = free_port()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> float:
        """Start it; return after how many seconds it was ready."""
        env = self._made.environment("reader") | {
            "MANAGEMENT_PORT": str(self._port),
            "HTTP_PORT": "0",
            "STATE_PATH": str(self._made.folder / "guard"),
        }
        started = time.monotonic()
        with (self._made.folder / "guard.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.ops", "guard", env=env, stdout=log, stderr=log
            )
        async with asyncio.timeout(_READY_S_MAX):
            while not await self._ask("/readyz"):
                await asyncio.sleep(0.02)
        return time.monotonic() - started

    async def counted(self) -> float:
        """Return how many logins this process has counted."""
        lines = (await self._ask("/metrics")).splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("ecflink_guard_logins_total{"))

    async def kill(self) -> None:
        """Kill it as a crash would."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> float:
        """End it; return after how many seconds it had ended."""
        assert self._process is not None
        started = time.monotonic()
        self._process.terminate()
        await self._process.wait()
        return time.monotonic() - started

    @property
    def process(self) -> psutil.Process:
        """What it uses."""
        assert self._process is not None
        return psutil.Process(self._process.pid)

    async def _ask(self, path: str) -> str:
        return await asyncio.to_thread(_get, f"http://127.0.0.1:{self._port}{path}")


async def run() -> list[Figure]:
    """Measure and return the figures."""
    async with stage() as made:
        await create_topics(made.kafka, Shape(PARTITION_COUNT), also=TOPICS)
        async with _producing(made) as client:
            guard = Guard(made)
            every = await _capacity(guard, client, failed_of_100=100)
            few = await _capacity(guard, client, failed_of_100=15)
            return [
                Figure("guard-all-failures", round(every), "logins/s", f"{COUNT:,} that wait, one process"),
                Figure("guard-15%-failures", round(few), "logins/s", f"{COUNT:,} that wait, one process"),
                *await _verdicts(made, guard, client),
            ]


@asynccontextmanager
async def _producing(made: Stage) -> AsyncGenerator[AIOKafkaProducer]:
    client = producer(made.kafka)
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def _capacity(guard: Guard, client: AIOKafkaProducer, *, failed_of_100: int) -> float:
    sent = [
        await _send(client, f"{failed_of_100}-{number}", number, failed=number % 100 < failed_of_100)
        for number in range(COUNT)
    ]
    await asyncio.gather(*sent)
    await guard.start()
    moments: list[tuple[float, float]] = []
    while not moments or moments[-1][1] < COUNT:
        await asyncio.sleep(0.1)
        moments.append((time.monotonic(), await guard.counted()))
    memory = guard.process.memory_info().rss / 2**20
    stopped_s = await guard.stop()
    print(f"guard: {failed_of_100} % failures: {memory:.0f} MB, ended {stopped_s:.1f} s after SIGTERM", flush=True)
    inside = [moment for moment in moments if COUNT * 0.1 <= moment[1] <= COUNT * 0.9]
    return (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0])


async def _verdicts(made: Stage, guard: Guard, client: AIOKafkaProducer) -> list[Figure]:
    await guard.start()
    arrived: dict[bytes, float] = {}
    reading = asyncio.create_task(_read(made, arrived))
    await asyncio.sleep(_SETTLE_S)
    before, started = guard.process.cpu_times(), time.monotonic()
    with using() as usage:
        due = await _paced(client)
    elapsed_s = time.monotonic() - started
    after = guard.process.cpu_times()
    async with asyncio.timeout(_READY_S_MAX):
        while not due.keys() <= arrived.keys():
            await asyncio.sleep(0.1)
    reading.cancel()
    core = (after.user + after.system - before.user - before.system) / elapsed_s
    memory = guard.process.memory_info().rss / 2**20
    await guard.kill()
    back_s = await guard.start()
    await guard.stop()
    times = HdrHistogram(1, 120_000_000, 3)
    for key, due_at in due.items():
        times.record_value(max(1, int((arrived[key] - due_at) * 1e6)))
    beside = f"{len(due):,} verdicts among {RATE:,} logins/s for {SECONDS} s; cores: {usage}"
    return [
        *(Figure(f"guard-verdict-p{at}", times.get_value_at_percentile(at) / 1000, "ms", beside) for at in (50, 99)),
        Figure("guard-core", round(core, 2), "cores", f"at {RATE:,} logins/s, {memory:.0f} MB"),
        Figure("guard-ready-after-kill", round(back_s, 1), "s", f"killed after {SECONDS} s of {RATE:,} logins/s"),
    ]


async def _paced(client: AIOKafkaProducer) -> dict[bytes, float]:
    """Send at fixed instants, every account FAILURES times in a row; return when each account's last one was due."""
    due: dict[bytes, float] = {}
    began = time.monotonic() + 0.1
    for number in range(RATE * SECONDS):
        at = began + number / RATE
        wait_s = at - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        account = f"victim{number // FAILURES}"
        await _send(client, account, number)
        if number % FAILURES == FAILURES - 1:
            due[f"account:{account}".encode()] = at
    await client.flush()
    return due


async def _send(client: AIOKafkaProducer, account: str, number: int, *, failed: bool = True) -> Any:  # noqa: ANN401
    event = LoginAttempted(
        account=account,
        court_id=f"C{number % _COURTS:02}",
        credential=Credential.PACER,
        outcome=LoginOutcome.FAILED if failed else LoginOutcome.SUCCEEDED,
        address_prefix=f"10.{number // 200 % 250}.{number % 200}.0/24",
        attempted_at=now(),
    )
    key = account.encode()
    return await client.send(
        AUTH_LOGINS.name, key=key, value=event.encode(), partition=partition_of(key, PARTITION_COUNT)
    )


async def _read(made: Stage, arrived: dict[bytes, float]) -> None:
    """Note when each throttle can be read, until cancelled."""
    client = consumer(made.kafka)
    await client.start()
    try:
        places = [TopicPartition(AUTH_THROTTLES.name, number) for number in range(PARTITION_COUNT)]
        client.assign(places)
        for place, end in (await client.end_offsets(places)).items():
            client.seek(place, end)
        while True:
            for records in (await client.getmany(timeout_ms=100)).values():
                for record in records:
                    arrived.setdefault(record.key, time.monotonic())
    finally:
        await client.stop()


def _get(url: str) -> str:
    with suppress(OSError), urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback port
        return str(answer.read().decode())
    return ""
