"""A guard as a process, and what stands around it: login events to count, what it stored, what it throttled."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self
from urllib.error import URLError
from urllib.request import urlopen

import orjson

from services.auth.guard.recount import recount
from services.auth.guard.settings import GuardSettings
from services.auth.guard.topics import APP, TOPICS
from services.contract.envelope import Headers
from services.contract.ids import partition_of
from services.contract.logins import Credential, LoginAttempted, LoginOutcome
from services.contract.throttles import LoginThrottled
from services.contract.topics import AUTH_LOGINS, AUTH_THROTTLES
from services.ops.stack.ports import free_port
from services.runtime.clock import now
from services.runtime.kafka import producer
from services.runtime.read import reading
from services.runtime.settings import KafkaSettings, load

PARTITION_COUNT: Final = 3
READY_S_MAX: Final = 60.0
END_S_MAX: Final = 20.0
_POLL_S: Final = 0.1


def login(
    account: str = "alexattorney",
    *,
    outcome: LoginOutcome = LoginOutcome.FAILED,
    prefix: str = "192.0.2.0/24",
    at: datetime | None = None,
    court_id: str | None = "UTBK",
    attempts: int = 1,
) -> LoginAttempted:
    """Return a login event; of now unless told otherwise."""
    return LoginAttempted(
        account=account,
        court_id=court_id,
        credential=Credential.PACER,
        outcome=outcome,
        address_prefix=prefix,
        attempts=attempts,
        attempted_at=at or now(),
    )


@dataclass
class GuardStage:
    """A `with` block around one guard at a time; it is ended with the block."""

    kafka: KafkaSettings
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    settings: dict[str, str] = field(default_factory=dict)
    management_port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(END_S_MAX)

    @property
    def env(self) -> dict[str, str]:
        """The environment of `ecflink guard` and its commands."""
        return {
            "PATH": "/usr/bin:/bin",
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.kafka_bootstrap_servers,
            "TOPIC_PREFIX": self.kafka.topic_prefix,
            "MANAGEMENT_PORT": str(self.management_port),
            "HTTP_PORT": str(self.http_port),
            "STATE_PATH": str(self.folder / "guard"),
        } | self.settings

    @property
    def loaded(self) -> GuardSettings:
        """The same as a model."""
        return load(GuardSettings, **{name.lower(): value for name, value in self.env.items() if name != "PATH"})

    def launch(self) -> None:
        """Start a guard without waiting."""
        argv = [sys.executable, "-m", "services.ops", "guard"]
        with (self.folder / "guard.log").open("ab") as log:
            self.process = subprocess.Popen(argv, env=self.env, stdout=log, stderr=log)

    async def start(self) -> None:
        """Start a guard and wait until it is ready."""
        self.launch()
        await self.ready()

    async def ready(self) -> None:
        """Wait until the guard says that it is ready."""
        async with asyncio.timeout(READY_S_MAX):
            while (await self.answer("/readyz"))[0] != 200:
                assert self.process is None or self.process.poll() is None, self.log
                await asyncio.sleep(_POLL_S)

    async def answer(self, path: str, port: int | None = None) -> tuple[int, str]:
        """Return the status and the text that a port of the guard answers; status 0 where nobody listens."""
        return await asyncio.to_thread(_get, f"http://127.0.0.1:{port or self.management_port}{path}")

    def send_signal(self, signum: signal.Signals) -> int:
        """Send a signal that ends the guard, and return its exit code."""
        assert self.process is not None
        self.process.send_signal(signum)
        return self.process.wait(END_S_MAX)

    @property
    def log(self) -> str:
        """What the guards logged so far."""
        return (self.folder / "guard.log").read_text(encoding="utf-8")

    async def publish(self, events: Iterable[LoginAttempted]) -> int:
        """Publish events as auth does: keyed by account. Returns how many."""
        return await self.publish_records([(event.account.encode(), event.encode(), []) for event in events])

    async def publish_records(self, records: Sequence[tuple[bytes | None, bytes | None, Headers]]) -> int:
        """Publish records as they are, each to the partition of its key."""
        client = producer(self.kafka)
        await client.start()
        try:
            sent = [
                await client.send(
                    AUTH_LOGINS.named(self.kafka.topic_prefix),
                    key=key,
                    value=value,
                    headers=headers,
                    partition=partition_of(key or b"", PARTITION_COUNT),
                )
                for key, value, headers in records
            ]
            await asyncio.gather(*sent)
        finally:
            await client.stop()
        return len(records)

    async def counts(self) -> tuple[int, int, list[Any]]:
        """Return how many attempts the guard has stored, how many a recount finds, and the rows that differ."""
        found = await recount(self.loaded, now())
        rows = found.rows()
        different = [row for row in rows if row[2] != row[3]]
        return sum(row[2] for row in rows), sum(row[3] for row in rows), different

    async def counted(self, attempts: int) -> None:
        """Return when the guard has stored at least so many attempts."""
        async with asyncio.timeout(READY_S_MAX):
            while (await self.counts())[0] < attempts:  # noqa: ASYNC110 - another process counts
                await asyncio.sleep(_POLL_S)

    async def until(self, ask: Callable[[], Awaitable[float]], value: float) -> None:
        """Return when what is asked for has this value."""
        async with asyncio.timeout(READY_S_MAX):
            while await ask() != value:  # noqa: ASYNC110 - another process answers
                await asyncio.sleep(_POLL_S)

    async def command(self, *words: str) -> tuple[int, str]:
        """Run an `ecflink` command to its end. Returns its exit code, and what it wrote."""
        argv = [sys.executable, "-m", "services.ops", *words]
        done = await asyncio.to_thread(
            subprocess.run, argv, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        return done.returncode, done.stdout.decode()

    async def throttles(self) -> dict[str, LoginThrottled | None]:
        """Return the last word on each subject in `auth-throttles-v1`, by key."""
        found: dict[str, LoginThrottled | None] = {}
        for partition in range(PARTITION_COUNT):
            async with reading(self.kafka, AUTH_THROTTLES.named(self.kafka.topic_prefix), partition) as reader:
                async for batch in reader.until((await reader.bounds()).end):
                    for record in batch:
                        value = record.value and LoginThrottled.model_validate_json(record.value)
                        found[(record.key or b"").decode()] = value or None
        return found

    async def throttled(self, *keys: str) -> dict[str, LoginThrottled | None]:
        """Return the throttles once these keys are among them."""
        async with asyncio.timeout(READY_S_MAX):
            found = await self.throttles()
            while not all(found.get(key) for key in keys):
                await asyncio.sleep(_POLL_S)
                found = await self.throttles()
        return found

    async def metric(self, name: str, **labels: str) -> float:
        """Return the sum of a metric over the labels that are not given."""
        _, text = await self.answer("/metrics")
        lines = [line.rpartition(" ") for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(float(value) for series, _, value in lines if all(each in series for each in wanted))

    async def page(self) -> Any:  # noqa: ANN401 - JSON
        """Return what /courts.json says."""
        return orjson.loads((await self.answer("/courts.json", self.http_port))[1])


def many(accounts: int, each: int, **told: Any) -> list[LoginAttempted]:  # noqa: ANN401 - as `login`
    """Return `each` failures of each of so many accounts, every one from a prefix of its own."""
    return [
        login(f"user{number:05}", prefix=f"10.{number // 250}.{number % 250}.0/24", **told)
        for _ in range(each)
        for number in range(accounts)
    ]


def sums(events: Iterable[LoginAttempted]) -> Counter[str]:
    """Return attempts by outcome."""
    found: Counter[str] = Counter()
    for event in events:
        found[event.outcome.value] += event.attempts
    return found


def state_topic(kafka: KafkaSettings) -> str:
    """Return the full name of the topic with the guard's state."""
    return kafka.topic_prefix + TOPICS[0].name


def group(kafka: KafkaSettings) -> str:
    """Return the guard's consumer group."""
    return kafka.topic_prefix + APP


def _get(url: str) -> tuple[int, str]:
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback port
            return answer.status, answer.read().decode()
    except URLError as error:
        return getattr(error, "code", 0), str(error)
    except OSError as error:
        return 0, str(error)
