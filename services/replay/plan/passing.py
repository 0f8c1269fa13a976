"""The pass over a recording that a plan and a spool share: every record of every loop remade, in the file's order.

Most timelines are known only at its end, from the times gathered on the way: one reading is enough. Where instants go
into the records, or cut the timeline, the times are read first.
"""

from collections.abc import Iterator
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.replay.plan.choices import Choices
from services.replay.plan.making import Maker
from services.replay.plan.paces import Step
from services.replay.plan.playable import Gathered, Playable, Progress, unwatched
from services.replay.plan.remaking import NOT_YET, Outgoing, Remaker
from services.replay.plan.timeline import Order, Timeline, timeline


def twice(choices: Choices) -> bool:
    """Say whether the times are read first."""
    return choices.times == "now" or choices.for_s is not None or isinstance(choices.pace, Step)


class Made(NamedTuple):
    """A batch of one loop: what is sent, and the values that stood there."""

    loop: int
    outgoing: list[Outgoing]
    before: list[bytes | None]


class Pass:
    """One pass. `made` counts the records made so far. Its `timeline` is known when the first loop was made, or before
    where `known_first`.

    The loop that the timeline cuts is made up to the cut where the file is in playing order, otherwise to its end. The
    records' own times are left as they were (`moving.stamps_ms`), but for `times now`, which is in the values too.
    """

    def __init__(self, playable: Playable, remaker: Remaker, progress: Progress = unwatched) -> None:
        choices = remaker.choices
        self.playable = playable
        self.remaker = remaker
        self.made = 0
        self._progress = progress
        self._maker = Maker(playable, remaker)
        self._gathered = Gathered(playable)
        self._timeline: Timeline | None = None
        self._rank: Order | None = None
        self._now = choices.times == "now"
        self.known_first = twice(choices)
        if playable.left_out:
            remaker.first_ms = playable.first_played_ms()  # the manifest's first may be of a topic that is not played
        if self.known_first:
            self._know(timeline(choices, playable.times_ms(progress)))

    @property
    def count(self) -> int:
        """How many records it makes; before the timeline is known, how many that are at most."""
        most = self.playable.count * self.remaker.choices.loops
        return most if self._timeline is None else len(self._timeline.instants)

    @property
    def timeline(self) -> Timeline:
        """The timeline. It must be known by now."""
        assert self._timeline is not None, "the timeline is known only after the first loop"
        return self._timeline

    def all_loops(self) -> Iterator[Made]:
        """Make the records of every loop."""
        yield from self.loop(0)
        for loop in range(1, len(self.timeline.loop_starts_s)):
            yield from self.loop(loop)

    def loop(self, loop: int) -> Iterator[Made]:
        """Make the records of one loop, the first one first."""
        first = 0
        for lines in self.playable.lines(self._progress):
            room = min(len(lines), self._room(loop, first))
            read = self._maker.made(lines[:room], loop, self._moments(loop, first, room))
            outgoing = [out for out, _, _ in read]
            if self._timeline is None:
                self._gathered.add([place for _, _, place in read], [out.timestamp_ms for out in outgoing])
            self.made += room
            yield Made(loop, outgoing, [before for _, before, _ in read])
            first += len(lines)
            if room < len(lines):
                return
        if self._timeline is None:
            self._know(timeline(self.remaker.choices, self._gathered.all))

    def _know(self, known: Timeline) -> None:
        self._timeline = known
        self.remaker.loop_starts_s = known.loop_starts_s or [0.0]
        if known.order is not None and self._now:
            self._rank = np.empty_like(known.order)
            self._rank[known.order] = np.arange(known.count, dtype=np.uint32)

    def _room(self, loop: int, first: int) -> int:
        """Return how many records from the `first` of a loop on are made."""
        line = self._timeline
        count = self.playable.count
        if line is None or line.order is not None:
            return count
        return max(0, len(line.instants) - loop * count - first)

    def _moments(self, loop: int, first: int, count: int) -> Iterator[float]:
        if not self._now:
            return repeat(NOT_YET)
        line = self.timeline
        ranks: NDArray[Any] = (
            np.arange(first, first + count) if self._rank is None else self._rank[first : first + count]
        )
        # Beyond a cut any instant will do: what is made for it is not kept.
        return iter(line.instants[np.minimum(loop * line.count + ranks, len(line.instants) - 1)].tolist())
