"""The timings of a run through the front door: auth gives the requests their ids, learned while the walks go on."""

from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np

from services.replay.front_door.walked import Reader
from services.replay.measure.stages import Stage
from services.replay.measure.timings import NO_ID, Ids, Marked, Seconds, Timings

_LOW: Final = 0xFFFF_FFFF_FFFF_FFFF


class WalkTimings(Timings):
    """As `Timings`, for ids that are not those of the timeline. `folder` is where the workers write their walks down.

    A walk that auth itself refused has no request: nothing of it is waited for any more.
    """

    def __init__(self, instants: Seconds, ids: Ids, folder: Path) -> None:
        super().__init__(instants, ids)
        self._reader = Reader(folder)
        self._planned: dict[int, int] = {}

    def mark(self, stage: Stage, ids: Ids, at_s: Seconds) -> Marked:
        """Note when requests came to a stage, under the ids that auth gave them."""
        self._learn()
        planned = np.array([self._planned.get(int(each), NO_ID) for each in ids], dtype=np.uint64)
        return super().mark(stage, planned, at_s)

    def awaited(self, stage: Stage) -> int:
        """Return how many were begun, can have an effect, and have not come to a stage."""
        self._learn()
        return super().awaited(stage)

    def _learn(self) -> None:
        for entry in self._reader.new():
            index = entry["index"]
            if "request_id" in entry:
                self._planned[UUID(entry["request_id"]).int & _LOW] = int(self.ids[index])
            elif "refused" in entry:
                self.tracked[index] = False
