"""Cutting: where in lines like a given one things may differ, and where they may not. Pure.

A line has an end before and an end behind that are of one length in all lines of its kind; between them it is free.
"""

import re
from typing import Final, NamedTuple

import orjson

from services.contract.envelope import PROOF, TRACEPARENT
from services.replay.plan.choices import Choices
from services.replay.plan.fields import Fields
from services.replay.plan.forms import DIGITS, HEXADECIMAL, Form, Varying, rounded_up
from services.replay.plan.heading import travels
from services.replay.plan.minting import UUID_LENGTH
from services.replay.plan.moving import EXACT_LENGTH
from services.replay.plan.remaking import Remaker
from services.replay.recording.record import Recorded

_NUMBER: Final = rb"(?:0|[1-9][0-9]{0,17})"
_UNESCAPED: Final = rb"[ !#-\[\]-~]*"
_UUID: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME: Final = re.compile(rb"[0-9T:.Z+-]{19,35}")
_WORD: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:._-"


class _Kind(NamedTuple):
    """A header that has something of its own in each record: its form, what of it may differ, and from where on."""

    form: re.Pattern[bytes]
    allowed: bytes
    first: int = 0


_VARYING: Final = {
    "ce_id": _Kind(_UUID, HEXADECIMAL),
    "ce_time": _Kind(_TIME, DIGITS),
    TRACEPARENT: _Kind(re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"), HEXADECIMAL, 2),
    PROOF: _Kind(re.compile(rb"[A-Za-z0-9:._-]+"), _WORD),
}
_VALUE: Final = b'],"value":{"request_id":"'
_TIMES: Final = re.compile(rb'"verified_at":"([0-9T:.Z+-]{19,35})","confirmed_at":"([0-9T:.Z+-]{19,35})"\}\}$')
_END: Final = b"}}"


class Cut(NamedTuple):
    """`head` reads partition, time and key; `front` begins behind it and ends with the id, `back` ends with the line.

    `id`, `time` and `slots` (headers that travel) are columns of the front, `times` of the back; `closing` bytes at the
    end are not `between`. `once` are names that may not stand there.
    """

    head: re.Pattern[bytes]
    front: Form
    back: Form
    id: slice
    time: slice | None
    slots: dict[str, slice]
    times: tuple[slice, ...]
    closing: int
    once: tuple[bytes, ...]
    mints: bool

    @property
    def length_min(self) -> int:
        """How long a line must be, counted from the end of its head."""
        return self.front.length + self.back.length


def cut_out(line: bytes, record: Recorded, remaker: Remaker) -> Cut | None:
    """Return what lines like this one have in common; None where it is not of a form that is known."""
    choices = remaker.choices
    head = _head(record)
    found = head.match(line)
    mints, moves = choices.ids == "mint", choices.ids == "mint" and choices.times != "original"
    if found is None or (mints and not _usual(remaker.routes[record.topic].fields)):
        return None
    front = _front(line[found.end() :], record)
    back = _back(line, moves=moves)
    if front is None or back is None:
        return None
    form, columns, own_id = front
    slots = {name: each for name, each in columns.items() if _comes_along(name, choices)}
    time = slots.get("ce_time") if mints else None
    end, times, closing = back
    exact = choices.times != "now" or all(each.stop - each.start == EXACT_LENGTH for each in (*times, time) if each)
    once = (b'"request_id"', b'"verified_at"', b'"confirmed_at"') if moves else (b'"request_id"',) if mints else ()
    made = Cut(head, form, end, own_id, time, slots, times, closing, once, mints)
    return made if exact and len(line) - found.end() >= made.length_min else None


def _usual(fields: Fields) -> bool:
    ids, times = [each.name for each in fields.ids], [each.name for each in fields.times]
    return (ids, times) == (["request_id"], ["verified_at", "confirmed_at"])


def _comes_along(name: str, choices: Choices) -> bool:
    return choices.ids == "keep" if name == PROOF else travels(name, choices.headers)


def _head(record: Recorded) -> re.Pattern[bytes]:
    return re.compile(
        rb'\{"topic":%b,"partition":(%b),"offset":%b,"timestamp":(%b),"timestamp_type":"%b","key":"(%b)","headers":\['
        % (
            *(re.escape(orjson.dumps(record.topic)), _NUMBER, _NUMBER, _NUMBER),
            *(record.timestamp_type.encode(), _UNESCAPED),
        )
    )


def _front(rest: bytes, record: Recorded) -> tuple[Form, dict[str, slice], slice] | None:
    """Return the form of headers and id, where headers that vary stand in it, and where the id does."""
    text, columns, varying = b"", dict[str, slice](), list[Varying]()
    for name, value in record.headers:
        if value is None or not value.isascii() or name in columns:
            return None
        piece = orjson.dumps((name, value.decode()))
        kind = _VARYING.get(name)
        if kind is not None:
            if kind.form.fullmatch(value) is None:
                return None
            start = len(text) + piece.rindex(value)
            columns[name] = slice(start, start + len(value))
            varying.append(_free(value, start, kind))
        text += piece + b","
    text = text.removesuffix(b",") + _VALUE
    own_id = slice(len(text), len(text) + UUID_LENGTH)
    varying.append(_free(rest[own_id], own_id.start, _VARYING["ce_id"]))
    length = rounded_up(own_id.stop + 1)
    like_it = rest.startswith(text) and _UUID.fullmatch(rest[own_id]) and rest[own_id.stop : own_id.stop + 1] == b'"'
    if not like_it or len(rest) < length:
        return None
    return Form(rest[:length], varying, range(own_id.stop + 1, length)), columns, own_id


def _free(text: bytes, start: int, kind: _Kind) -> Varying:
    places = range(kind.first, len(text))
    return Varying([start + at for at in places if text[at] in kind.allowed], kind.allowed)


def _back(line: bytes, *, moves: bool) -> tuple[Form, tuple[slice, ...], int] | None:
    """Return the form of a line's end, where the times stand in it, and how long it is at most."""
    found = _TIMES.search(line) if moves else None
    if moves and found is None:
        return None
    closing = len(_END) if found is None else found.end() - found.start()
    length = rounded_up(closing)
    text = line[-length:]
    begin = len(line) - length
    times = () if found is None else tuple(slice(found.start(n) - begin, found.end(n) - begin) for n in (1, 2))
    varying = [_free(text[each], each.start, _VARYING["ce_time"]) for each in times]
    return Form(text, varying, range(length - closing)), times, closing
