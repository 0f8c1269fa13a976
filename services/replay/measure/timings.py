"""When each request of a run was due, handed over, acknowledged, committed and mailed: arrays by timeline index.

A request id is known by its low 64 bits, which are random in every id. Where an id stands several times in the
timeline, the first is the one that can have an effect; the others are repeats.
"""

from pathlib import Path
from typing import Final, NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from services.replay.measure.stages import Stage
from services.replay.outcome import Unusable

Seconds = NDArray[np.float64]
Ids = NDArray[np.uint64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

NO_ID: Final = 0


class Marked(NamedTuple):
    """What of a batch was new: places in the timeline, and the rows of the batch that said so first."""

    places: Indices
    rows: Indices


class Timings:
    """Wall-clock seconds by timeline index; nan = not yet. `instants` are seconds from the start, never falling."""

    def __init__(self, instants: Seconds, ids: Ids) -> None:
        assert len(instants) == len(ids)
        self.instants = instants
        self.ids = ids
        self.start_s = float("nan")
        self.handed = np.full(len(ids), np.nan)
        self.at: dict[Stage, Seconds] = {stage: np.full(len(ids), np.nan) for stage in Stage}
        self.rejected = np.zeros(len(ids), dtype=np.bool_)
        self.refused = np.zeros(len(ids), dtype=np.bool_)
        self.copies = dict.fromkeys(Stage, 0)
        self._fresh: dict[Stage, list[Indices]] = {stage: [] for stage in Stage}
        known, first = np.unique(ids, return_index=True)
        real = known != NO_ID
        self._known, self._first = known[real], first[real]
        self.tracked = np.zeros(len(ids), dtype=np.bool_)
        self.tracked[self._first] = True

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def repeats(self) -> Flags:
        """Which share their id with an earlier one."""
        repeats: Flags = (self.ids != NO_ID) & ~self.tracked
        return repeats

    @property
    def due(self) -> Seconds:
        """The wall-clock second at which each was to be sent."""
        due: Seconds = self.start_s + self.instants
        return due

    def begin(self, start_s: float) -> None:
        """Note the wall-clock second at which the timeline starts; before it nothing can be timed."""
        self.start_s = start_s

    def mark(self, stage: Stage, ids: Ids, at_s: Seconds) -> Marked:
        """Note when requests came to a stage and say which were new. Unknown ids are others'; what repeats is counted.

        The first word on a request stands, also within the batch.
        """
        if not len(self._known):
            return Marked(np.empty(0, np.int64), np.empty(0, np.int64))
        place = np.searchsorted(self._known, ids)
        place[place == len(self._known)] = 0
        row = np.flatnonzero(self._known[place] == ids)
        index = self._first[place[row]]
        at = self.at[stage]
        open_yet = np.isnan(at[index])
        fresh, first = np.unique(index[open_yet], return_index=True)
        row_of_fresh = row[open_yet][first]
        at[fresh] = at_s[row_of_fresh]
        self._fresh[stage].append(fresh)
        self.copies[stage] += len(row) - len(fresh)
        return Marked(fresh, row_of_fresh)

    def take_fresh(self, stage: Stage) -> Indices:
        """Return the places that were marked since this was last asked, for whoever watches the run."""
        fresh, self._fresh[stage] = self._fresh[stage], []
        return np.concatenate(fresh) if fresh else np.empty(0, np.int64)

    def take_sent(self, folder: Path) -> int:
        """Take over what the workers left in a run's folder (`sent-*.npz`), and return how many were handed over.

        What was handed over and not acknowledged by then was refused, or nobody will say any more: it has failed.
        Raises Unusable where a file cannot be read: its worker did not end as it should.
        """
        for path in sorted(folder.glob("sent-*.npz")):
            try:
                with path.open("rb") as file, np.load(file) as left:
                    index = left["index"]
                    self.handed[index] = left["handed_s"]
                    self.at[Stage.ACKNOWLEDGED][index] = left["acknowledged_s"]
            except (OSError, ValueError, KeyError, IndexError, EOFError, BadZipFile) as error:
                raise Unusable(f"{path} is not what a worker leaves: {error}; the run cannot be measured") from None
        handed = ~np.isnan(self.handed)
        self.refused = handed & np.isnan(self.at[Stage.ACKNOWLEDGED])
        return int(np.count_nonzero(handed))

    def awaited(self, stage: Stage) -> int:
        """Return how many were handed over, can have an effect, were not refused, and have not come to a stage."""
        sent = ~np.isnan(self.handed) & self.tracked & ~self.refused
        return int(np.count_nonzero(sent & np.isnan(self.at[stage])))
