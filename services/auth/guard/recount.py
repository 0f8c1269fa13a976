"""A recount of the logins, held against what the guard has stored: by court, credential and outcome.

Both are read by plain consumers, so the guard may run or not; while sign-ins go on, the two differ by the last second.
Compared are the hours that the guard keeps.
"""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import NamedTuple

from services.auth.guard.hours import Hour, HourKey, Sort, hour_of, oldest_hour
from services.auth.guard.marks import Place
from services.auth.guard.records import Poison, read
from services.auth.guard.settings import GuardSettings
from services.auth.guard.state import State
from services.auth.guard.topics import STATE
from services.contract.topics import AUTH_LOGINS
from services.runtime.read import Record, reading
from services.runtime.topology import partition_count

Totals = dict[str, Counter[Sort]]


class Recount(NamedTuple):
    """Counts by court; `poison` records were left out by both."""

    stored: Totals
    counted: Totals
    poison: int

    def rows(self, court_id: str | None = None) -> list[tuple[str, Sort, int, int]]:
        """Return (court, sort, stored, counted), sorted; of one court alone where it is given."""
        courts = sorted({*self.stored, *self.counted} if court_id is None else {court_id})
        empty: Counter[Sort] = Counter()
        return [
            (court, sort, self.stored.get(court, empty)[sort], self.counted.get(court, empty)[sort])
            for court in courts
            for sort in sorted({*self.stored.get(court, empty), *self.counted.get(court, empty)})
        ]


async def recount(settings: GuardSettings, now: datetime) -> Recount:
    """Read the state, then the logins from their beginning. Raises Transient where Kafka does not answer."""
    stored = await stored_state(settings, now)
    first = oldest_hour(now)
    counted: dict[HourKey, Hour] = {}
    poison = 0
    async with aclosing(_records(settings, settings.topic_prefix + AUTH_LOGINS.name)) as records:
        async for record in records:
            try:
                event = read(record.key, record.value)
            except Poison:
                poison += 1
                continue
            key = hour_of(event)
            counted.setdefault(key, Hour()).add(Place(record.partition, record.offset), event)
    return Recount(_totals(stored.hours, first), _totals(counted, first), poison)


async def stored_state(settings: GuardSettings, now: datetime) -> State:
    """Return the state as the guard last stored it."""
    stored: dict[bytes, bytes | None] = {}
    async with aclosing(_records(settings, settings.topic_prefix + STATE)) as records:
        async for record in records:
            stored[record.key or b""] = record.value
    state = State(settings)
    state.recall([(key, value) for key, value in stored.items() if value is not None], now)
    return state


async def _records(settings: GuardSettings, topic: str) -> AsyncGenerator[Record]:
    for partition in range(await partition_count(settings, AUTH_LOGINS)):
        async with reading(settings, topic, partition) as reader:
            bounds = await reader.bounds()
            reader.seek(bounds.start)
            async for batch in reader.until(bounds.end):
                for record in batch:
                    yield record


def _totals(hours: dict[HourKey, Hour], first_hour: int) -> Totals:
    totals: Totals = {}
    for key, hour in hours.items():
        if key.hour >= first_hour:
            totals.setdefault(key.court_id, Counter()).update(hour.total)
    return totals
