"""The relay is told to stop in the middle of a round, while Postgres goes away: it stops."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.auth.metrics import Metrics
from services.auth.outbox import rows
from services.auth.outbox.dispatch import Sent
from services.auth.outbox.relay import Relay
from services.contract.topics import AUTH_LOGINS
from services.runtime.faults import Transient
from services.runtime.health import Health
from services.runtime.publish import Message
from services.runtime.settings import KafkaSettings

END_S_MAX = 5.0


class Leader:
    async def fetchval(self, *_: object) -> bool:
        return True


class OnePool:
    @asynccontextmanager
    async def acquire(self, *, timeout: float | None = None) -> AsyncGenerator[Leader]:  # noqa: ARG002, ASYNC109
        yield Leader()


class Stuck:
    """Publishes the first message, and the second never."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    async def send(self, messages: Sequence[Message]) -> AsyncIterator[Sent]:
        assert messages
        yield Sent([0])
        self.reached.set()
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is open."""


async def two_rows(*_: object) -> list[rows.Waiting]:
    return [rows.Waiting(number, Message(b"key", b"{}", [])) for number in (1, 2)]


async def gone(*_: object) -> None:
    raise Transient("Postgres went away")


async def test_a_stop_is_not_taken_for_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "waiting", two_rows)
    monkeypatch.setattr(rows, "acknowledge", gone)
    health, dispatch, pool = Health(CollectorRegistry()), Stuck(), OnePool()
    settings = KafkaSettings(kafka_bootstrap_servers="127.0.0.1:1")
    made: Any = pool
    relay = Relay(settings, AUTH_LOGINS, made, Metrics(health.registry), gather_s=0.25)
    relay._dispatch = dispatch  # type: ignore[assignment]  # noqa: SLF001 - instead of a broker
    running = asyncio.create_task(relay.run(health))
    await dispatch.reached.wait()
    running.cancel()
    _, late = await asyncio.wait({running}, timeout=END_S_MAX)
    assert not late
