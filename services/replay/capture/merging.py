"""Several partitions in one order: by time, as far as each partition's own order allows. Pure."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, islice
from operator import attrgetter, itemgetter

from services.replay.recording.record import Recorded

_TIME = attrgetter("timestamp_ms")


@dataclass
class _Held:
    """Records of one partition, of which those from `start` on wait, and by which time each is ordered: no earlier than
    those before it.
    """

    times: list[int]
    records: list[Recorded]
    start: int = 0

    def extend(self, records: list[Recorded]) -> None:
        times = accumulate(map(_TIME, records), max, initial=self.times[-1])
        self.times = [*self.times[self.start :], *islice(times, 1, None)]
        self.records = [*self.records[self.start :], *records]
        self.start = 0


class Merge[Place]:
    """Takes batches of partitions and gives out what can be ordered: what is no later than the end of what is held of
    the partition that ends first.
    """

    def __init__(self) -> None:
        self._held: dict[Place, _Held] = {}

    def count(self, place: Place) -> int:
        """Return how many records of a partition wait."""
        held = self._held.get(place)
        return 0 if held is None else len(held.records) - held.start

    def value_bytes(self, place: Place) -> int:
        """Return how long the values of the records of a partition that wait are."""
        held = self._held.get(place)
        return 0 if held is None else sum([len(each.value or b"") for each in islice(held.records, held.start, None)])

    def __bool__(self) -> bool:
        return bool(self._held)

    def add(self, place: Place, records: list[Recorded]) -> None:
        """Take the next records of a partition."""
        if place in self._held:
            self._held[place].extend(records)
        elif records:
            self._held[place] = _Held(list(accumulate(map(_TIME, records), max)), records)

    def taken(self) -> list[Recorded]:
        """Give out what can be ordered; of at least one partition nothing waits after it."""
        until = min(held.times[-1] for held in self._held.values())
        taken: list[tuple[int, Recorded]] = []
        for place, held in list(self._held.items()):
            end = bisect_right(held.times, until, held.start)
            taken += zip(held.times[held.start : end], held.records[held.start : end], strict=True)
            held.start = end
            if end == len(held.times):
                del self._held[place]
        taken.sort(key=itemgetter(0))
        return [record for _, record in taken]
