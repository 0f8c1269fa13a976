"""`auth-throttles-v1` into memory, in every process: what the guard throttled, asked for at each sign-in.

The topic is compacted and read from its beginning without a group: the last word on each subject wins, a record without
a value ends a throttle. While Kafka is away the last known throttles stay until they expire. A second line behind the
limits of the process itself: auth is ready without it.
"""

import asyncio
import heapq
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from pydantic import ValidationError

from services.contract.throttles import LoginThrottled, ThrottleKind, throttle_key
from services.contract.topics import AUTH_THROTTLES
from services.runtime.clock import now
from services.runtime.faults import Transient
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.read import Record
from services.runtime.settings import KafkaSettings
from services.runtime.whole import reading_whole

SUBJECT_COUNT_MAX: Final = 100_000
RETRY_S: Final = 1.0
SWEEP_S: Final = 30.0
_LOOP: Final = "throttles"


class Throttles:
    """What is throttled now. Empty until `run` has read the topic."""

    def __init__(self, settings: KafkaSettings, registry: CollectorRegistry) -> None:
        self._settings = settings
        self._until: dict[bytes, datetime] = {}
        self._known = Gauge("ecflink_auth_throttles", "Throttles of the guard that are known here.", registry=registry)
        self._skipped = Counter(
            "ecflink_auth_throttles_skipped_total",
            "Throttles not taken in: malformed, or dropped from a full table.",
            ["why"],
            registry=registry,
        )

    def until(self, kind: ThrottleKind, subject: str, now: datetime) -> datetime | None:
        """Return until when a subject is throttled, or None; `subject` is as the login events name it."""
        until = self._until.get(throttle_key(kind, subject))
        return until if until is not None and until > now else None

    def tell(self, records: Iterable[Record], now: datetime) -> None:
        """Take in what was published. A record that cannot be read is counted and left out."""
        for record in records:
            key = record.key or b""
            if record.value is None:
                self._until.pop(key, None)
                continue
            try:
                throttle = LoginThrottled.model_validate_json(record.value)
            except ValidationError:
                throttle = None
            if throttle is None or throttle_key(throttle.kind, throttle.subject) != key:
                self._skipped.labels("malformed").inc()
            elif throttle.until > now:
                self._until[key] = throttle.until
            else:
                self._until.pop(key, None)
        if len(self._until) > SUBJECT_COUNT_MAX:
            self.sweep(now)
        self._known.set(len(self._until))

    def sweep(self, now: datetime) -> None:
        """Forget what has expired, and beyond SUBJECT_COUNT_MAX what expires first."""
        self._until = {key: until for key, until in self._until.items() if until > now}
        over = len(self._until) - SUBJECT_COUNT_MAX
        if over > 0:
            for key in heapq.nsmallest(over, self._until, key=self._until.__getitem__):
                del self._until[key]
            self._skipped.labels("no room").inc(over)
        self._known.set(len(self._until))

    async def run(self, health: Health) -> None:
        """Follow the topic until cancelled; trouble is waited out, and told as degraded."""
        try:
            while True:
                health.beat(_LOOP)
                try:
                    await self._follow(health)
                except Transient as trouble:
                    health.degraded(_LOOP, str(trouble))
                    log.warning("throttles.waits", cause=str(trouble))
                await asyncio.sleep(RETRY_S)
                self.sweep(now())
        finally:
            health.forget(_LOOP)

    async def _follow(self, health: Health) -> None:
        # What was compacted away while we read is no loss: only the last word on a subject counts.
        async with reading_whole(self._settings, AUTH_THROTTLES, auto_offset_reset="earliest") as topic:
            loop, swept_at = asyncio.get_running_loop(), float("-inf")
            while True:
                health.beat(_LOOP)
                records = await topic.batch()
                await topic.probe()
                health.sound(_LOOP)
                self.tell(records, now())
                if loop.time() - swept_at >= SWEEP_S:
                    self.sweep(now())
                    swept_at = loop.time()
