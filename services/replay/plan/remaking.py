"""Remaking: a recorded record becomes the one to send: new ids, moved times, headers by policy, a new proof. Pure.

A value that cannot be understood is passed on as it is and counted, never lost: the system under test shall meet it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isnan
from typing import Final, NamedTuple

from services.contract.envelope import PROOF, REPLAY_RUN, TRACEPARENT, valid_traceparent
from services.contract.ids import partition_of
from services.contract.proof import KeyRing
from services.contract.topics import LINK_REQUESTS
from services.replay.outcome import Unusable
from services.replay.plan.choices import Choices
from services.replay.plan.fields import Field, Fields, fields_of
from services.replay.plan.heading import Headers, Heading, Shape
from services.replay.plan.minting import UUID_LENGTH, Mint, is_id
from services.replay.plan.moving import Mover, shift_ms, stamp_ms
from services.replay.plan.signing import Signer
from services.replay.recording.record import Recorded

SOURCE: Final = b"/ecflink/replay"
"""The `ce_source` of a replayed request: who publishes it. The audit asks auth for the attempts behind auth's own."""

NOT_YET: Final = float("nan")
"""An instant that is not known yet: the record's own time is then left to `moving.stamps_ms`."""

_REQUEST_ID: Final = Field("request_id")


class Outgoing(NamedTuple):
    """A record as it is sent. `request_id` is the text of a link request's id, None for anything else."""

    topic: str
    partition: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    request_id: bytes | None


@dataclass
class Remade:
    """What was done so far, counted. `as_it_is`: link requests without a readable id, passed on as they are.

    `unproven`: readable ones that had no proof and, for want of a key, got none.
    """

    minted: int = 0
    signed: int = 0
    as_it_is: int = 0
    unproven: int = 0
    kept_proofs: Counter[str] = field(default_factory=Counter)


class Route(NamedTuple):
    """What is known of a recorded topic: where its records go, and what is made anew in them."""

    target: str
    partition_count: int
    requests: bool
    fields: Fields
    heading: Heading


class Remaker:
    """Remakes records, loop after loop. `start_ms` is when the first instant is planned to be.

    `partitions` gives the number of partitions of each target topic. Without a ring nothing is signed, which only kept
    ids allow: raises Unusable otherwise. `loop_starts_s` must hold a loop's start before its first record is made.
    """

    def __init__(
        self, choices: Choices, partitions: Mapping[str, int], ring: KeyRing | None, *, first_ms: int, start_ms: int
    ) -> None:
        self.choices = choices
        self.first_ms = first_ms
        self.start_ms = start_ms
        self.loop_starts_s: list[float] = [0.0]
        self.done = Remade()
        self.sign = Signer(ring) if ring is not None else None
        if ring is None and choices.ids == "mint" and LINK_REQUESTS.name in choices.topics.values():
            raise Unusable("new ids need new proofs: a rehearsal key must be given, or --ids keep")
        self.routes = {recorded: _route(choices, target, partitions) for recorded, target in choices.topics.items()}
        self._run = (REPLAY_RUN, choices.run_id.encode())
        self._put = [(name, text.encode()) for name, text in choices.headers.put]
        self._mint_ids = choices.ids == "mint"
        self._preserve = choices.spread == "preserve"
        self._move = self._mint_ids and choices.times != "original"
        self._loop = -1
        self.enter(0)
        self._loop = -1  # what is known of the first loop may still change

    @property
    def headings(self) -> list[Heading]:
        """The headings, one for each topic: they know what travelled."""
        return [route.heading for route in self.routes.values()]

    @property
    def fields(self) -> list[Fields]:
        """The fields made anew, for each topic: they know how many texts were not understood."""
        return [route.fields for route in self.routes.values()]

    def distance_ms(self, loop: int) -> int:
        """Return by how much the times of a loop are shifted."""
        return shift_ms(self.first_ms, self.start_ms + int(self.loop_starts_s[loop] * 1000))

    def enter(self, loop: int) -> None:
        """Make the records of this loop from now on."""
        if loop == self._loop:
            return
        self._loop = loop
        self._distance_ms = self.distance_ms(loop)
        self.mint = Mint(self.choices.run_id, loop, self._distance_ms)
        self._mark = self.mint.mark
        self.mover = Mover(0 if self.choices.times == "original" else self._distance_ms)

    def made(self, record: Recorded, loop: int, instant_s: float) -> Outgoing:
        """Return what to send for a record of a mapped topic, in one loop, at its instant (or NOT_YET)."""
        self.enter(loop)
        timestamp_ms = record.timestamp_ms
        if not isnan(instant_s):
            sending_ms = self.start_ms + int(instant_s * 1000)
            timestamp_ms = stamp_ms(self.choices.times, timestamp_ms, self._distance_ms, sending_ms)
            if self.choices.times == "now":
                self.mover = Mover(timestamp_ms - record.timestamp_ms if record.timestamp_ms >= 0 else 0)
        route = self.routes[record.topic]
        value, request_id = self._value(route, record.value)
        headers = self._headers(route, record, value, readable=request_id is not None)
        partition = self.partition(route, record.key, record.partition)
        return Outgoing(route.target, partition, timestamp_ms, record.key, value, headers, request_id)

    def partition(self, route: Route, key: bytes | None, recorded: int) -> int:
        """Return the partition to send to."""
        # A record without a key has no order but that of its partition, which is therefore kept.
        if key is None or self._preserve:
            return recorded % route.partition_count
        return partition_of(key, route.partition_count)

    def _value(self, route: Route, value: bytes | None) -> tuple[bytes | None, bytes | None]:
        """Return the value to send, and its request id if it is a link request that has a readable one."""
        if value is None:
            return None, None
        begin, end = _request_id_in(value) if route.requests else (0, 0)
        if end < 0:
            self.done.as_it_is += 1
            return value, None
        if self._mint_ids:
            self.done.minted += 1
            for identity in route.fields.ids:
                value = identity.rewritten(value, self.mint.text)
        request_id = value[begin:end] if route.requests else None  # still there: all ids have one length
        if self._move:
            for time in route.fields.times:
                value = time.rewritten(value, self.mover.value)
        return value, request_id

    def _headers(self, route: Route, record: Recorded, value: bytes | None, *, readable: bool) -> Headers:
        shape = route.heading.of(record.headers)
        made = list(record.headers) if shape.whole else [record.headers[place] for place in shape.kept]
        if shape.anew:
            self._replace(made, shape, route)
        if self._put:
            made += self._put
        if route.requests and value is not None:
            self._prove(made, value, _proof(record, shape), readable=readable)
        made.append(self._run)
        return made

    def _replace(self, made: Headers, shape: Shape, route: Route) -> None:
        for place, name in reversed(shape.anew):
            old = made[place][1]
            if name == "ce_source":
                if route.requests:
                    made[place] = (name, SOURCE)
            elif self._mint_ids and old is not None:
                new = self.header(name, old)
                if new is not None:
                    made[place] = (name, new)
                elif name == TRACEPARENT:
                    del made[place]  # not a trace context: a reader would ignore it, and so do we

    def header(self, name: str, old: bytes) -> bytes | None:
        """Return the new text of a header that is made anew; None where the old one is not what its name says."""
        if name == "ce_time":
            return self.mover.header(old)
        if name == "ce_id":
            new = self.mint.text(old[:UUID_LENGTH])
            return new if new is None or len(old) == UUID_LENGTH else new + old[UUID_LENGTH:]
        if valid_traceparent(old) is None:
            return None
        return self.trace(old)

    def trace(self, old: bytes) -> bytes:
        """Return the new trace context for one that is well-formed."""
        # Traces and spans keep their names but for the mark: what belonged together still does, within this loop.
        return b"00-%b%b" % (self._mark, old[11:])

    def _prove(self, made: Headers, value: bytes, proof: bytes | None, *, readable: bool) -> None:
        """Sign, or note the proof that was kept.

        What cannot be read is signed if it was before: with its old proof a linker that lacks that key would wait.
        """
        if proof is not None and self.choices.ids == "keep":
            self.done.kept_proofs[key_of(proof)] += 1
        elif self.sign is not None and (readable or proof is not None):
            made.append((PROOF, self.sign(value)))
            self.done.signed += 1
        elif readable:
            self.done.unproven += 1


def _route(choices: Choices, target: str, partitions: Mapping[str, int]) -> Route:
    requests = target == LINK_REQUESTS.name
    heading = Heading(choices.headers, keep_proof=requests and choices.ids == "keep")
    return Route(target, partitions[target], requests, fields_of(target, choices), heading)


def _request_id_in(value: bytes) -> tuple[int, int]:
    """Return where the request id of a link request stands; (-1, -1) where the value is not whole or has none."""
    begin, end = _REQUEST_ID.text(value)
    whole = value[:1] == b"{" and value.rstrip()[-1:] == b"}"
    return (begin, end) if whole and is_id(value[begin:end]) else (-1, -1)


def _proof(record: Recorded, shape: Shape) -> bytes | None:
    return None if shape.proof is None else record.headers[shape.proof][1]


def key_of(proof: bytes) -> str:
    """Return the id of the key that a proof names."""
    return proof.partition(b":")[0][:64].decode("ascii", "replace")
