"""`courts-v1` into memory, in every process, and into auth.courts, so that auth starts and serves while Kafka is away.

Each start reads the whole topic: it is compacted, so that is the last word on each court.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import ValidationError

from services.auth.metrics import Metrics
from services.contract.courts import Court
from services.contract.topics import COURTS
from services.runtime.database import Pool, acquired
from services.runtime.faults import Transient
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.read import Record
from services.runtime.settings import KafkaSettings
from services.runtime.whole import reading_whole

RETRY_S: Final = 1.0
COURTS_PART: Final = "courts"
_KAFKA: Final = "kafka"

_READ: Final = "SELECT facts FROM auth.courts"
_STORE: Final = """
INSERT INTO auth.courts (court_id, facts, "offset") VALUES ($1, $2, $3)
ON CONFLICT (court_id) DO UPDATE SET facts = EXCLUDED.facts, "offset" = EXCLUDED."offset"
 WHERE auth.courts.facts <> EXCLUDED.facts"""
_FORGET: Final = "DELETE FROM auth.courts WHERE court_id = $1"


class CourtRegistry:
    """Implements the pages' `Courts`."""

    def __init__(self, courts: Iterable[Court] = ()) -> None:
        self._courts = {court.court_id: court for court in courts}

    def get(self, court_id: str) -> Court | None:
        """Return a court by its id."""
        return self._courts.get(court_id)

    def all(self) -> list[Court]:
        """Return every court, by title."""
        return sorted(self._courts.values(), key=lambda court: court.title)

    def tell(self, told: Mapping[str, Court | None]) -> None:
        """Take in what was published; None removes a court."""
        for court_id, court in told.items():
            if court is None:
                self._courts.pop(court_id, None)
            else:
                self._courts[court_id] = court


async def remembered(pool: Pool) -> CourtRegistry:
    """Return the registry as the database last knew it."""
    async with acquired(pool) as connection:
        return CourtRegistry([Court.model_validate_json(row["facts"]) for row in await connection.fetch(_READ)])


class CourtFollower:
    """Keeps the registry up to date, and says whether Kafka answers."""

    def __init__(self, settings: KafkaSettings, pool: Pool, registry: CourtRegistry, metrics: Metrics) -> None:
        self._settings = settings
        self._pool = pool
        self._registry = registry
        self._metrics = metrics
        # What an earlier life remembered is a whole registry; without it the topic is first read to its end, or a filer
        # could be told that a court does not exist which is only not read yet.
        self._whole = bool(registry.all())

    async def run(self, health: Health) -> None:
        """Follow until cancelled; trouble is waited out. Auth is ready once it knows the courts."""
        self._say(health)
        try:
            while True:
                health.beat(COURTS_PART)
                try:
                    await self._follow(health)
                except Transient as trouble:
                    health.degraded(_KAFKA, str(trouble))
                    self._metrics.broker_down.set(1)
                    log.warning("courts.waits", cause=str(trouble))
                await asyncio.sleep(RETRY_S)
        finally:
            health.forget(COURTS_PART)

    async def _follow(self, health: Health) -> None:
        async with reading_whole(self._settings, COURTS) as topic:
            ends = await topic.ends()
            while True:
                health.beat(COURTS_PART)
                records = await topic.batch()
                await topic.probe()  # its answer is auth's word on Kafka's health
                health.sound(_KAFKA)
                self._metrics.broker_down.set(0)
                if records:
                    await self._take(records)
                    self._whole = self._whole or await topic.has_read(ends)
                    self._say(health)

    async def _take(self, records: list[Record]) -> None:
        told: dict[str, Court | None] = {}
        offsets: dict[str, int] = {}
        for record in records:
            court_id = (record.key or b"").decode("utf-8", "replace")
            try:
                court = None if record.value is None else Court.model_validate_json(record.value)
            except ValidationError:
                court_id = ""
                court = None
            if not court_id or (court is not None and court.court_id != court_id):
                self._metrics.skipped.labels(COURTS.name, "malformed").inc()
                continue
            told[court_id], offsets[court_id] = court, record.offset
        self._registry.tell(told)
        self._metrics.projected.labels(COURTS.name).inc(len(told))
        async with acquired(self._pool) as connection, connection.transaction():
            for court_id, court in sorted(told.items()):
                if court is None:
                    await connection.execute(_FORGET, court_id)
                else:
                    await connection.execute(_STORE, court_id, court.encode().decode(), offsets[court_id])

    def _say(self, health: Health) -> None:
        if self._registry.all() and self._whole:
            health.ready(COURTS_PART)
        elif self._registry.all():
            health.waiting(COURTS_PART, "reading the registry of courts")
        else:
            health.waiting(COURTS_PART, "no court is known: run `ecflink courts load`")
