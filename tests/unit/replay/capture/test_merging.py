"""Partitions are merged by time, and none loses its own order."""

from itertools import accumulate, batched

from hypothesis import given
from hypothesis import strategies as st

from services.replay.capture.merging import Merge
from services.replay.capture.stretches import Stretch
from tests.unit.replay.capture.made import placed, stretch

times = st.lists(st.integers(0, 50), max_size=30)
sizes = st.integers(1, 7)


def _merged(partitions: list[list[int]], size: int) -> list[Stretch]:
    merge, taken = Merge(range(len(partitions))), []
    waiting = {place: [*batched(range(len(at)), size, strict=False)] for place, at in enumerate(partitions)}
    while waiting or merge:
        for place in [place for place in waiting if merge.count(place) < 2]:
            if not waiting[place]:
                del waiting[place]
                merge.end(place)
                continue
            numbers = waiting[place].pop(0)
            part = stretch(place, partitions[place]).part(numbers[0], numbers[-1] + 1)
            merge.add(place, part, int(part.order_ms[-1]))
        taken.append(merge.taken())
    return taken


@given(partitions=st.lists(times, max_size=4), size=sizes)
def test_every_partition_keeps_its_order_and_loses_nothing(partitions: list[list[int]], size: int) -> None:
    order = placed(_merged(partitions, size))
    for place, at in enumerate(partitions):
        assert [number for own, number in order if own == place] == list(range(len(at)))


@given(partitions=st.lists(times, max_size=4), size=sizes)
def test_lines_are_in_the_order_of_the_latest_time_so_far(partitions: list[list[int]], size: int) -> None:
    latest = [list(accumulate(at, max)) for at in partitions]
    found = [latest[place][number] for place, number in placed(_merged(partitions, size))]
    assert found == sorted(found)


def test_partition_whose_records_are_all_held_back_does_not_hold_up_the_others() -> None:
    merge = Merge([0, 1])
    merge.add(0, stretch(0, [1, 2, 3]), 3)
    assert not merge.taken().lines
    merge.add(1, stretch(1, []), 2)
    assert placed([merge.taken()]) == [(0, 0), (0, 1)]
