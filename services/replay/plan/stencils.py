"""Stencils: most lines of link requests differ from each other in a few places of known form, and in nothing else.

A stencil is cut from one line that was remade the long way. It takes many others apart at once and makes of them what
`remaking` would, to the byte; of a line that does not fit in every respect it makes nothing.
"""

from collections.abc import Sequence
from itertools import compress, repeat
from typing import Final, NamedTuple, Self

import numpy as np

from services.replay.plan.cutting import Cut, cut_out
from services.replay.plan.forms import Flags, Rows, rows_of, texts_in
from services.replay.plan.heading import Headers
from services.replay.plan.moving import move_each
from services.replay.plan.playable import Place
from services.replay.plan.remaking import Outgoing, Remaker
from services.replay.plan.slots import HeaderSlots
from services.replay.recording.record import Recorded

_BEGIN: Final = b'{"request_id":"'

Read = tuple[Outgoing, bytes | None, Place]
"""What was made of a line, the value that stood there, and its place."""


class _Parts(NamedTuple):
    """Lines taken apart: which they are, partition, time and key, the two ends as matrices, and what is between."""

    numbers: list[int]
    partitions: list[bytes]
    stamps_ms: list[int]
    keys: list[bytes]
    front: Rows
    between: list[bytes]
    back: Rows
    values: list[bytes]

    def only(self, flags: Flags) -> Self:
        """Return those that are flagged."""
        if flags.all():
            return self
        chosen = flags.tolist()
        parts = [part[flags] if isinstance(part, np.ndarray) else list(compress(part, chosen)) for part in self]
        return type(self)(*parts)  # type: ignore[arg-type]  # each of its own kind


class Stencil:
    """What lines of one kind have in common. `used` counts those of which something was made."""

    def __init__(self, shape: Cut, record: Recorded, headers: Headers, remaker: Remaker) -> None:
        self._cut = shape
        self._topic = record.topic
        self._headers = HeaderSlots(headers, shape)
        self._places: dict[bytes, Place] = {}
        self._names = tuple([name for name, _ in record.headers])
        self.route = remaker.routes[record.topic]
        self.used = 0

    def made(self, lines: Sequence[bytes], moments: Sequence[float], remaker: Remaker) -> list[Read | None]:
        """Return what is made of each line, at its instant (or NOT_YET); None for one that does not fit."""
        made: list[Read | None] = [None] * len(lines)
        parts = self._apart(lines)
        if parts is not None and parts.numbers:
            if remaker.choices.times == "now":
                parts = self._at_once(parts, [moments[number] for number in parts.numbers], remaker)
            else:
                parts = self._moved(parts, remaker)
            for number, read in zip(parts.numbers, self._together(parts, remaker), strict=True):
                made[number] = read
        return made

    def note(self, reads: Sequence[Read], remaker: Remaker) -> None:
        """Count what was made."""
        if not reads:
            return
        self.used += len(reads)
        self.route.heading.note(self._names, len(reads))
        remaker.done.minted += len(reads) * self._cut.mints
        self._headers.note([out.headers for out, _, _ in reads], remaker.done)

    def _apart(self, lines: Sequence[bytes]) -> _Parts | None:
        head, front, back, short = self._cut.head.match, self._cut.front, self._cut.back, self._cut.length_min
        heads = [(number, found) for number, found in enumerate(map(head, lines)) if found is not None]
        fits = [(number, found) for number, found in heads if len(lines[number]) - found.end() >= short]
        if not fits:
            return None
        places = [(lines[number], found.end()) for number, found in fits]
        opened, closed = self._cut.id.stop, self._cut.closing
        begin = self._cut.id.start - len(_BEGIN)
        partitions, stamps_ms, keys = zip(*[found.groups() for _, found in fits], strict=True)
        parts = _Parts(
            [number for number, _ in fits],
            list(partitions),
            list(map(int, stamps_ms)),
            list(keys),
            rows_of([line[at : at + front.length] for line, at in places], front.length),
            [line[at + opened : -closed] for line, at in places],
            rows_of([line[-back.length :] for line, _ in places], back.length),
            [line[at + begin : -1] for line, at in places],
        )
        return parts.only(front.fits(parts.front) & back.fits(parts.back) & self._clear(parts.between))

    def _clear(self, between: Sequence[bytes]) -> Flags:
        """Say which texts hold none of the names that may stand only once."""
        flags = np.ones(len(between), np.bool_)
        joined = b"\n".join(between)
        for name in self._cut.once:
            if name in joined:
                flags &= [name not in text for text in between]
        return flags

    def _moved(self, parts: _Parts, remaker: Remaker) -> _Parts:
        """Move the times by the loop's distance, and return those lines of which all can be moved."""
        parts = self._open(parts)
        moved = [remaker.mover.move(rows, columns) for rows, columns in self._times(parts)]
        return parts.only(np.logical_and.reduce(moved)) if moved else parts

    def _at_once(self, parts: _Parts, moments: Sequence[float], remaker: Remaker) -> _Parts:
        """Move the times so that each record's own is that of its sending, and return those of which all can be."""
        parts = self._open(parts)
        sendings_ms = remaker.start_ms + (np.array(moments) * 1000).astype(np.int64)
        distances_ms = sendings_ms - np.array(parts.stamps_ms, np.int64)
        moved = [move_each(rows, columns, distances_ms) for rows, columns in self._times(parts)]
        parts = parts._replace(stamps_ms=sendings_ms.tolist())
        return parts.only(np.logical_and.reduce(moved)) if moved else parts

    def _open(self, parts: _Parts) -> _Parts:
        """Return parts whose ends can be written into."""
        return parts._replace(front=parts.front.copy(), back=parts.back.copy())

    def _times(self, parts: _Parts) -> list[tuple[Rows, slice]]:
        front = [] if self._cut.time is None else [(parts.front, self._cut.time)]
        return [*front, *[(parts.back, columns) for columns in self._cut.times]]

    def _together(self, parts: _Parts, remaker: Remaker) -> list[Read]:
        """Return what is to be sent, made of parts that all fit."""
        if not parts.numbers:
            return []
        old_ids = texts_in(parts.front, self._cut.id)
        new_ids = remaker.mint.many(old_ids) if self._cut.mints else old_ids
        values = self._values(parts, new_ids) if self._cut.mints else parts.values
        headers = self._headers.made(parts.front, (old_ids, new_ids), values, remaker)
        target = self.route.target
        recorded = [self._places.get(each) or self._place(each) for each in parts.partitions]
        lanes = [remaker.partition(self.route, key, at[1]) for key, at in zip(parts.keys, recorded, strict=True)]
        outgoing = map(
            Outgoing._make,
            zip(repeat(target), lanes, parts.stamps_ms, parts.keys, values, headers, new_ids),
        )
        return list(zip(outgoing, parts.values, recorded, strict=True))

    def _values(self, parts: _Parts, new_ids: list[bytes]) -> list[bytes]:
        back, length = parts.back.tobytes(), parts.back.shape[1]
        ends = [back[end - self._cut.closing : end - 1] for end in range(length, len(back) + 1, length)]
        return list(map(b"".join, zip(repeat(_BEGIN), new_ids, parts.between, ends)))

    def _place(self, partition: bytes) -> Place:
        place = self._places[partition] = (self._topic, int(partition))
        return place


def cut(line: bytes, record: Recorded, made: tuple[Outgoing, float], remaker: Remaker) -> Stencil | None:
    """Return the stencil of a line that was remade the long way, at its instant (or NOT_YET); None where there is none
    that makes the same of it.
    """
    out, moment = made
    if out.request_id is None:
        return None
    shape = cut_out(line, record, remaker)
    if shape is None:
        return None
    stencil = Stencil(shape, record, out.headers, remaker)
    return stencil if stencil.made([line], [moment], remaker) == [(out, record.value, record[:2])] else None
