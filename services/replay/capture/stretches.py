"""Lines as they go to the file, with what is counted of their records: columns, as they are millions.

A stretch is made from what the client of Kafka fetched of one partition, and joined with those of others later on.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from services.replay.capture.sieve import Sieve
from services.replay.recording.lines import line_of
from services.replay.recording.record import NO_TIMESTAMP_MS, Recorded
from services.replay.recording.tally import Counted
from services.replay.recording.templates import Fetched, Templates

COLUMN_COUNT: Final = 6
NOTHING_KNOWN_MS: Final = NO_TIMESTAMP_MS - 1

Made = tuple[int, int | None, int, bytes]
"""Of one record: offset, time, bytes of the value, and the line."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some lines, those of one partition in the order of its offsets. `numbers` has a column for each line: the number
    of its partition among those that are recorded, offset, time, order, bytes of the value, bytes of the line. The
    order is the time that it is ordered by: its own, but no earlier than those before it in its partition.
    """

    numbers: np.ndarray
    lines: list[bytes]

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def places(self) -> np.ndarray:
        """By which number each one's partition goes."""
        return self._column(0)

    @property
    def offsets(self) -> np.ndarray:
        """Their offsets."""
        return self._column(1)

    @property
    def order_ms(self) -> np.ndarray:
        """By which time each is ordered."""
        return self._column(3)

    @property
    def line_bytes(self) -> int:
        """How long all lines are."""
        return int(self._column(5).sum())

    def _column(self, number: int) -> np.ndarray:
        column: np.ndarray = self.numbers[number]
        return column

    @classmethod
    def joined(cls, stretches: Sequence[Self]) -> Self:
        """Return stretches one after another."""
        if len(stretches) == 1:
            return stretches[0]
        numbers = [np.empty((COLUMN_COUNT, 0), np.int64), *[each.numbers for each in stretches]]
        return cls(np.concatenate(numbers, axis=1), [line for each in stretches for line in each.lines])

    def part(self, start: int, end: int) -> Self:
        """Return the lines from one place to, not including, another."""
        return type(self)(self.numbers[:, start:end], self.lines[start:end])

    def by_time(self) -> Self:
        """Return the lines in their order; those of the same time stay as they are."""
        order = np.argsort(self.order_ms, kind="stable")
        return type(self)(self.numbers[:, order], [self.lines[place] for place in order.tolist()])

    def counted(self, names: Sequence[tuple[str, int]]) -> Iterator[Counted]:
        """Yield what a manifest counts of each topic and partition; these are their names, by number."""
        for place in np.unique(self.places).tolist():
            _, _, times_ms, _, value_bytes, _ = self.numbers[:, self.places == place]
            known_ms = times_ms[times_ms != NO_TIMESTAMP_MS]
            span_ms = (int(known_ms.min()), int(known_ms.max())) if len(known_ms) else None
            topic, partition = names[place]
            yield Counted(topic, partition, len(times_ms), int(value_bytes.sum()), span_ms)


class Stretcher:
    """Makes the stretches of one partition, which goes by a number, up to an offset. `known_ms` is a time before which
    nothing more of it is ordered.
    """

    def __init__(self, name: tuple[str, int], place: int, end: int | None, sieve: Sieve) -> None:
        self.known_ms = NOTHING_KNOWN_MS
        self._place = place
        self._end = sys.maxsize if end is None else end
        self._sieve = sieve
        self._is_open = sieve.is_open
        templates = Templates(*name)
        self._line_of, self._recorded = templates.line_of, templates.recorded

    def made(self, _: object, fetched: Fetched) -> Made | Recorded:
        """Make of a record what `stretch` takes."""
        if not self._is_open:
            return self._recorded(fetched)
        value = fetched.value
        return fetched.offset, fetched.timestamp, 0 if value is None else len(value), self._line_of(fetched)

    def stretch(self, made: Sequence[Any]) -> Stretch:
        """Return the lines of the next records, without those that the sieve holds back or that come after the end."""
        return self._whole(made) if self._is_open else self._sifted(made)

    def _whole(self, made: Sequence[Made]) -> Stretch:
        if not made:
            return Stretch.joined([])
        offsets, times_ms, value_bytes, lines = zip(*made, strict=True)
        numbers = self._numbers(offsets, [NO_TIMESTAMP_MS if time_ms is None else time_ms for time_ms in times_ms])
        numbers[4] = value_bytes
        numbers[5] = list(map(len, lines))
        return Stretch(numbers, list(lines)).part(0, int(np.searchsorted(numbers[1], self._end)))

    def _sifted(self, made: Sequence[Recorded]) -> Stretch:
        records = [record for record in made if record.offset < self._end]
        if not records:
            return Stretch.joined([])
        numbers = self._numbers([each.offset for each in records], [each.timestamp_ms for each in records])
        kept = self._sieve.sifted(records)
        numbers = numbers[:, np.isin(numbers[1], [record.offset for record in kept])]
        lines = list(map(line_of, kept))
        numbers[4] = [len(record.value or b"") for record in kept]
        numbers[5] = list(map(len, lines))
        return Stretch(numbers, lines)

    def _numbers(self, offsets: Sequence[int], times_ms: Sequence[int]) -> np.ndarray:
        numbers = np.empty((COLUMN_COUNT, len(offsets)), np.int64)
        numbers[0], numbers[1], numbers[2] = self._place, offsets, times_ms
        np.maximum.accumulate(np.maximum(numbers[2], self.known_ms), out=numbers[3])
        self.known_ms = int(numbers[3, -1])
        return numbers
