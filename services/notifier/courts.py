"""The courts in memory: courts-v1 read from its start to its end, then followed. The last record of a court counts."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from pydantic import ValidationError

from services.contract.courts import Court
from services.contract.topics import COURTS
from services.notifier.intake import buried
from services.notifier.letters.facts import CourtFacts, facts_of, unknown_court
from services.notifier.meters import Meters
from services.notifier.position import DeadLetter
from services.runtime.faults import Transient
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.read import Record
from services.runtime.settings import KafkaSettings
from services.runtime.whole import TopicReader, reading_whole

RETRY_S: Final = 1.0
_RECORD_COUNT_MAX: Final = 1_000
COURTS_PART: Final = "courts"

Bury = Callable[[Sequence[DeadLetter]], Awaitable[None]]


class Courts:
    """What is known of the courts. `ready` is set once the topic was read to where it ended at the start."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._facts: dict[str, CourtFacts] = {}
        self.ready = asyncio.Event()

    def facts(self, court_id: str) -> CourtFacts:
        """Return a court's facts; of an unknown court no more than its id, with an alarm."""
        found = self._facts.get(court_id)
        if found is None:
            self._meters.unknown_courts.inc()
            return unknown_court(court_id)
        return found

    async def follow(self, settings: KafkaSettings, health: Health, bury: Bury) -> None:
        """Read and follow the topic until cancelled; while Kafka is away, what is known stands."""
        while True:
            try:
                async with reading_whole(settings, COURTS) as topic:
                    await self._follow(topic, health, bury)
            except Transient as trouble:
                log.warning("courts.retrying", cause=str(trouble))
                if not self.ready.is_set():
                    health.waiting(COURTS_PART, str(trouble))
            health.beat(COURTS_PART)
            await asyncio.sleep(RETRY_S)

    async def _follow(self, topic: TopicReader, health: Health, bury: Bury) -> None:
        ends = await topic.ends()
        while True:
            if not self.ready.is_set() and await topic.has_read(ends):
                self.ready.set()
                health.ready(COURTS_PART)
                log.info("courts.known", count=len(self._facts))
            records = await topic.batch(_RECORD_COUNT_MAX)
            health.beat(COURTS_PART)
            await self._take(records, bury)

    async def _take(self, records: Sequence[Record], bury: Bury) -> None:
        unreadable = []
        for record in records:
            try:
                self._learn(record)
            except ValidationError:
                unreadable.append(buried(record, "malformed", "the value is not a court"))
        if unreadable:
            self._meters.dead_letters.inc(len(unreadable))
            await bury(unreadable)

    def _learn(self, record: Record) -> None:
        if record.value is None:
            self._facts.pop((record.key or b"").decode("utf-8", "replace"), None)
            return
        court = Court.model_validate_json(record.value)
        self._facts[court.court_id] = facts_of(court)
