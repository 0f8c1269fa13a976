"""Publishes verdicts to `auth-throttles-v1`, with the envelope; `settle` waits until the broker has them."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from uuid_utils.compat import uuid7

from services.auth.guard.state import Subject
from services.contract.envelope import Source, envelope
from services.contract.throttles import LoginThrottled
from services.contract.topics import AUTH_THROTTLES
from services.runtime.kafka import producer, translated
from services.runtime.settings import KafkaSettings

STOP_S_MAX: Final = 1.0


class ThrottlePublisher:
    """Use it in an `async with` block. Every method raises Transient while Kafka does not answer."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._topic = AUTH_THROTTLES.named(settings.topic_prefix)
        self._client: AIOKafkaProducer | None = None
        self._sent: list[asyncio.Future[Any]] = []

    async def __aenter__(self) -> Self:
        """Connect."""
        self._client = producer(self._settings)
        with translated():
            await self._client.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close; what is not acknowledged by now is decided again from the topic."""
        if self._client is not None:
            with suppress(TimeoutError, KafkaError):
                await asyncio.wait_for(self._client.stop(), STOP_S_MAX)

    async def begin(self, throttle: LoginThrottled, now: datetime) -> None:
        """Publish a throttle."""
        await self._send(Subject(throttle.kind, throttle.subject).key, throttle.encode(), now)

    async def end(self, subject: Subject, now: datetime) -> None:
        """Publish that a subject is no longer throttled."""
        await self._send(subject.key, None, now)

    def unsettled(self) -> list[asyncio.Future[Any]]:
        """Return what was published and not yet waited for, each once."""
        sent, self._sent = self._sent, []
        return sent

    async def settle(self, sent: list[asyncio.Future[Any]]) -> None:
        """Wait until the broker has acknowledged these."""
        with translated():
            await asyncio.gather(*sent)

    async def _send(self, key: bytes, value: bytes | None, now: datetime) -> None:
        assert self._client is not None
        headers = envelope(ce_id=str(uuid7()), ce_type=AUTH_THROTTLES.event_type, source=Source.GUARD.value, time=now)
        with translated():
            self._sent.append(await self._client.send(self._topic, key=key, value=value, headers=headers))
