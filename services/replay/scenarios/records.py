"""From the events of a cast to records, in order and a batch at a time: topic, partition, offset, key, headers, value.

Every id is made from the seed, the entry and the step, and is as time-ordered as those that auth makes.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Final

from services.contract.ids import link_key, partition_of
from services.contract.topics import AUTH_LOGINS, LINK_REQUESTS
from services.replay.recording.record import Recorded
from services.replay.scenarios.attempts import attempt_of
from services.replay.scenarios.cast import Cast, Kind
from services.replay.scenarios.curve import published_ms
from services.replay.scenarios.instants import in_value, microseconds
from services.replay.scenarios.people import person
from services.replay.scenarios.places import Place
from services.replay.scenarios.scenario import Scenario
from services.replay.scenarios.values import (
    Moments,
    Pair,
    login_headers,
    login_value,
    request_headers,
    request_value,
)
from services.replay.scenarios.walks import Events, Step

PARTITION_COUNT: Final = 6
BATCH_COUNT: Final = 2_000
# Plain numbers: members of an enumeration would cost more than all else in a loop over millions.
_SECOND_LOGIN: Final = int(Kind.SECOND_LOGIN)
_REQUESTED: Final = int(Step.REQUESTED)
_VARIANT: Final = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
"""The first digit of the second half: two bits are fixed."""


@dataclass(frozen=True)
class Stage:
    """What the records of one stream are made from."""

    scenario: Scenario
    seed: int
    places: tuple[Place, ...]
    cast: Cast
    events: Events
    start: datetime


@dataclass
class Records:
    """The records of a stage. Iterate over `batches` once."""

    stage: Stage
    _key: bytes = field(init=False, repr=False)
    _keyed: blake2b = field(init=False, repr=False)
    _start_us: int = field(init=False)
    _live_at: str = field(init=False)
    _offsets: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int), init=False)

    def __post_init__(self) -> None:
        stage = self.stage
        self._key = stage.seed.to_bytes(8, "big")
        self._keyed = blake2b(key=self._key, digest_size=10)
        self._start_us = microseconds(stage.start)
        self._live_at = in_value(self._start_us - stage.scenario.courts.live_for_s * 1_000_000)

    def batches(self) -> Iterator[list[Recorded]]:
        """Yield all records in order."""
        for first in range(0, len(self.stage.events.keys), BATCH_COUNT):
            yield self._batch(first)

    def _batch(self, first: int) -> list[Recorded]:
        stage, cast = self.stage, self.stage.cast
        at_ms, entry, step = stage.events.at(first, first + BATCH_COUNT)
        told_ms = published_ms(stage.scenario.outage, at_ms) + self._start_us // 1000
        person_of, owner_of = cast.person[entry], cast.owner[entry]
        columns = (
            *(at_ms, told_ms, entry, step, person_of, owner_of, cast.court[entry], cast.kind[entry]),
            *(cast.legacy[person_of], cast.at_ms[entry], stage.events.proven_before_ms[entry]),
        )
        records = []
        for at, told, number, what, asks, owns, court, kind, legacy, confirmed, before in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            who = person(asks)
            owner = who if owns == asks else person(owns)
            pair = Pair(who, owner, stage.places[court], not legacy, kind == _SECOND_LOGIN)
            if what >= _REQUESTED:
                records.append(self._request(pair, number, told, confirmed, before))
            else:
                records.append(self._login(pair, number, what, at, told))
        return records

    def _request(self, pair: Pair, entry: int, told_ms: int, confirmed_ms: int, before_ms: int) -> Recorded:
        """Return a request, or its copy: same id, same bytes."""
        confirmed_us = self._start_us + confirmed_ms * 1000 + entry % 1000
        confirmed_at, verified_at = in_value(confirmed_us), in_value(confirmed_us - before_ms * 1000)
        request_id = self._id(entry, _REQUESTED, confirmed_us)
        value = request_value(pair, request_id, Moments(self._live_at, verified_at, confirmed_at))
        key = link_key(pair.place.court_id, pair.person.account)
        return self._record(LINK_REQUESTS.name, told_ms, key, request_headers(request_id, confirmed_at), value)

    def _login(self, pair: Pair, entry: int, step: int, at_ms: int, told_ms: int) -> Recorded:
        attempt = attempt_of(pair, entry, step, self._key)
        at_us = self._start_us + at_ms * 1000 + entry % 1000
        attempted_at = in_value(at_us)
        headers = login_headers(self._id(entry, step, at_us), attempted_at)
        value = login_value(attempt, attempted_at)
        return self._record(AUTH_LOGINS.name, told_ms, attempt.account.encode(), headers, value)

    def _id(self, entry: int, step: int, at_us: int) -> str:
        """Return an UUIDv7 (RFC 9562): 48 bits of milliseconds, and chance that is the same each time."""
        keyed = self._keyed.copy()  # half the cost of a new one
        keyed.update(b"%d:%d" % (entry, step))
        chance = keyed.hexdigest()
        time = f"{at_us // 1000:012x}"
        return f"{time[:8]}-{time[8:]}-7{chance[:3]}-{_VARIANT[chance[3]]}{chance[4:7]}-{chance[7:19]}"

    def _record(
        self, topic: str, told_ms: int, key: bytes, headers: tuple[tuple[str, bytes | None], ...], value: bytes
    ) -> Recorded:
        place = (topic, partition_of(key, PARTITION_COUNT))
        offset = self._offsets[place]
        self._offsets[place] = offset + 1
        return Recorded(topic, place[1], offset, told_ms, "create", key, headers, value)
