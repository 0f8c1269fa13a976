"""Stencils: most lines of link requests differ from each other in a few places of known form, and in nothing else.

A stencil is cut from one line that was remade the long way. It takes another line apart by one regular expression and
makes of it what `remaking` would, to the byte; where it does not fit in every respect it makes nothing.
"""

import re
from typing import Final

import orjson

from services.contract.envelope import PROOF, TRACEPARENT
from services.replay.plan.choices import HeaderPolicy
from services.replay.plan.fields import Fields
from services.replay.plan.heading import Headers, travels
from services.replay.plan.minting import UUID_LENGTH
from services.replay.plan.moving import Mover
from services.replay.plan.playable import Place
from services.replay.plan.remaking import Outgoing, Remaker
from services.replay.recording.record import Recorded

_NUMBER: Final = rb"(?:0|[1-9][0-9]{0,17})"
_UUID: Final = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UNESCAPED: Final = rb"[ !#-\[\]-~]*"
_VARYING: Final = {
    "ce_id": _UUID,
    "ce_time": rb"[0-9T:.Z+-]{19,35}",
    TRACEPARENT: rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}",
    PROOF: rb"[A-Za-z0-9:._-]+",
}
_SLOTS: Final = ("ce_id", "ce_time", TRACEPARENT)
_ABSENT: Final = 1
"""A group to name where a header is absent: any that is there."""
_BEGIN: Final = b'{"request_id":"'
_VERIFIED: Final = b'"verified_at":"'
_BETWEEN: Final = b'","confirmed_at":"'
_END: Final = b'"}'
_TIMES: Final = re.compile(rb'"verified_at":"([^"\\]*)","confirmed_at":"([^"\\]*)"\}\}')
_TIMES_LENGTH_MAX: Final = 150
_ID: Final = b'"request_id"'
_AT: Final = b'"verified_at"'
_LATER: Final = b'"confirmed_at"'
_BEGIN_LENGTH: Final = len(_BEGIN) + UUID_LENGTH + 1


Read = tuple[Outgoing, bytes | None, Place]
"""What was made of a line, the value that stood there, and its place."""


class Stencil:
    """What lines of one kind have in common. `used` counts them; `names` are those of their headers."""

    def __init__(self, line: re.Pattern[bytes], record: Recorded, made: Headers, remaker: Remaker) -> None:
        self._line = line
        self._headers = made
        self._places: dict[bytes, Place] = {}
        self._topic = record.topic
        self.names = tuple([name for name, _ in record.headers])
        self.route = remaker.routes[record.topic]
        places = {name: place for place, (name, _) in enumerate(made)}
        varies = [name for name in self.names if _varies(name, remaker.choices.headers)]
        self._id, self._time, self._trace = (places[name] if name in varies else None for name in _SLOTS)
        self._proof = places[PROOF]
        numbers = [4 + varies.index(name) if name in varies else _ABSENT for name in _SLOTS]
        self._groups = (1, 2, 3, *numbers, 4 + len(varies))
        self.used = 0

    def made(self, line: bytes, remaker: Remaker) -> Read | None:
        """Return what is made of a line; None where it does not fit. Each call that it saves counts here."""
        fits = self._line.match(line)
        if fits is None:
            return None
        partition, stamp_ms, key, ce_id, ce_time, trace, old_id = fits.group(*self._groups)
        mint, sign, begin = remaker.mint, remaker.sign, fits.end()
        new_id = mint.usual(old_id)
        value = _value(line, begin, new_id, remaker.mover)
        if value is None or sign is None:
            return None
        headers = self._headers.copy()
        if self._id is not None:
            headers[self._id] = ("ce_id", new_id if ce_id == old_id else mint.usual(ce_id))
        if self._time is not None:
            new_time = remaker.mover.header(ce_time)
            if new_time is None:
                return None
            headers[self._time] = ("ce_time", new_time)
        if self._trace is not None:
            headers[self._trace] = (TRACEPARENT, remaker.trace(trace))
        headers[self._proof] = (PROOF, sign(value))
        place = self._places.get(partition) or self._place(partition)
        lane = remaker.partition(self.route, key, place[1])
        self.used += 1
        out = Outgoing(self.route.target, lane, int(stamp_ms), key, value, headers, new_id)
        return out, line[begin - _BEGIN_LENGTH : -1], place

    def _place(self, partition: bytes) -> Place:
        place = self._places[partition] = (self._topic, int(partition))
        return place


def _value(line: bytes, begin: int, new_id: bytes, mover: Mover) -> bytes | None:
    """Return the new value of a line, of which the id was read up to `begin`; None where it is not of the usual form:
    both times at its end, in the contract's order, and none of the three names anywhere else.
    """
    find = line.find
    times = line.rfind(_VERIFIED, -_TIMES_LENGTH_MAX)
    ends = _TIMES.fullmatch(line, times) if times >= begin else None
    if ends is None or find(_ID, begin, times) >= 0 or find(_AT, begin, times) >= 0 or find(_LATER, begin, times) >= 0:
        return None
    verified, confirmed = ends.groups()
    new_verified, new_confirmed = mover.value(verified), mover.value(confirmed)
    if new_verified is None or new_confirmed is None:
        return None
    between = line[begin - 1 : times + len(_VERIFIED)]
    return b"".join((_BEGIN, new_id, between, new_verified, _BETWEEN, new_confirmed, _END))


def cut(line: bytes, record: Recorded, out: Outgoing, remaker: Remaker) -> Stencil | None:
    """Return the stencil of a line that was remade the long way; None where there is none that makes the same of it."""
    route, choices = remaker.routes[record.topic], remaker.choices
    moved_only = choices.ids == "mint" and choices.times == "shift"
    if not (moved_only and out.request_id is not None and _usual(route.fields)):
        return None
    names = [name for name, _ in record.headers]
    if any(names.count(name) > 1 for name in _VARYING):
        return None
    try:
        line_like_it = _pattern(record, choices.headers)
    except (UnicodeDecodeError, AttributeError):
        return None  # a header that is not text
    if line_like_it.match(line) is None:
        return None  # what varies has another form here, and may not travel
    stencil = Stencil(line_like_it, record, out.headers, remaker)
    if stencil.made(line, remaker) != (out, record.value, record[:2]):
        return None
    stencil.used = 0
    return stencil


def _usual(fields: Fields) -> bool:
    ids, times = [each.name for each in fields.ids], [each.name for each in fields.times]
    return (ids, times) == (["request_id"], ["verified_at", "confirmed_at"])


def _varies(name: str, policy: HeaderPolicy) -> bool:
    """Say whether a header has something of its own in each record that travels, made anew."""
    return name in _VARYING and name != PROOF and travels(name, policy)


def _pattern(record: Recorded, policy: HeaderPolicy) -> re.Pattern[bytes]:
    """Return what takes a line like that of this record apart: partition, time, key, what varies, and the id."""
    headers = [_header(name, text.decode(), policy) for name, text in record.headers]  # type: ignore[union-attr]  # if null, above
    return re.compile(
        rb'\{"topic":%b,"partition":(%b),"offset":%b,"timestamp":(%b),"timestamp_type":"%b",'
        % (re.escape(orjson.dumps(record.topic)), _NUMBER, _NUMBER, _NUMBER, record.timestamp_type.encode())
        + rb'"key":"(%b)","headers":\[%b\],"value":\{"request_id":"(%b)"' % (_UNESCAPED, b",".join(headers), _UUID)
    )


def _header(name: str, text: str, policy: HeaderPolicy) -> bytes:
    varying = _VARYING.get(name)
    if varying is None:
        return re.escape(orjson.dumps((name, text)))
    return rb'\["%b","%b"\]' % (name.encode(), rb"(%b)" % varying if _varies(name, policy) else varying)
