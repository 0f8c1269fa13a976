"""Offsets and times by partition: what is missing, repeated or out of order, and the pauses between records."""

from heapq import nlargest
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict

GAP_COUNT_MAX: Final = 20
PAUSE_COUNT_MAX: Final = 10


class Shown(BaseModel):
    """A part of what an inspection found."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Gap(Shown):
    """Offsets that are not in the recording: filtered out, compacted away, or never recorded."""

    first_missing: int
    count: int


class Place(Shown):
    """One partition. `backwards` counts records whose offset is not above the one before, `earlier` those whose time
    is before that of the one before.
    """

    topic: str
    partition: int
    count: int
    first_offset: int
    last_offset: int
    missing: int
    gaps: list[Gap]
    backwards: int
    earlier: int


class Pause(Shown):
    """A time without records."""

    from_ms: int
    to_ms: int


class _Track:
    """What is remembered of one partition while it is read."""

    def __init__(self, offset: int) -> None:
        self.first = offset
        self.last = offset - 1
        self.count = self.missing = self.backwards = self.earlier = 0
        self.last_ms = -1
        self.gaps: list[Gap] = []

    def add(self, offsets: np.ndarray, times_ms: np.ndarray) -> None:
        steps = np.diff(offsets, prepend=self.last)
        self.backwards += int((steps <= 0).sum())
        jumps = np.flatnonzero(steps > 1)
        self.missing += int((steps[jumps] - 1).sum())
        for at in jumps[: max(0, GAP_COUNT_MAX - len(self.gaps))]:
            self.gaps.append(Gap(first_missing=int(offsets[at] - steps[at] + 1), count=int(steps[at] - 1)))
        self.earlier += int((np.diff(times_ms, prepend=self.last_ms) < 0).sum())
        self.last, self.last_ms = int(offsets[-1]), int(times_ms[-1])
        self.count += len(offsets)


class Places:
    """Takes the records in the order of the file."""

    def __init__(self) -> None:
        self._tracks: dict[tuple[str, int], _Track] = {}
        self._latest_ms: int | None = None
        self._pauses: list[tuple[int, int]] = []

    def add(self, topic: str, columns: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
        """Take partitions, offsets and times of records of one topic."""
        partitions, offsets, times_ms = columns
        for partition in np.unique(partitions).tolist():
            own = partitions == partition
            track = self._tracks.setdefault((topic, partition), _Track(int(offsets[own][0])))
            track.add(offsets[own], times_ms[own])

    def pass_time(self, times_ms: np.ndarray) -> None:
        """Take the times of all records, whatever their topic."""
        if not len(times_ms):
            return
        start = int(times_ms[0]) if self._latest_ms is None else self._latest_ms
        latest = np.maximum.accumulate(np.concatenate(([start], times_ms)))
        waits = np.diff(latest)
        for at in np.argsort(waits)[-PAUSE_COUNT_MAX:].tolist():
            if waits[at] > 0:
                self._pauses.append((int(waits[at]), int(latest[at])))
        self._pauses = nlargest(PAUSE_COUNT_MAX, self._pauses)
        self._latest_ms = int(latest[-1])

    def places(self) -> list[Place]:
        """Return what was found, by topic and partition."""
        return [
            Place(
                topic=topic,
                partition=partition,
                count=track.count,
                first_offset=track.first,
                last_offset=track.last,
                missing=track.missing,
                gaps=track.gaps,
                backwards=track.backwards,
                earlier=track.earlier,
            )
            for (topic, partition), track in sorted(self._tracks.items())
        ]

    def pauses(self) -> list[Pause]:
        """Return the longest pauses, the longest first."""
        return [Pause(from_ms=from_ms, to_ms=from_ms + wait) for wait, from_ms in self._pauses]
