"""Partitions are merged by time, and none loses its own order."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from services.replay.capture.merging import Merge
from services.replay.recording.record import Recorded

times = st.lists(st.integers(0, 50), max_size=30)


def _records(place: int, at: list[int]) -> list[Recorded]:
    return [Recorded("t", place, offset, ms, "create", None, (), None) for offset, ms in enumerate(at)]


def _merged(partitions: list[list[Recorded]], size: int) -> list[Recorded]:
    merge, taken = Merge[int](), []
    waiting = {place: records for place, records in enumerate(partitions) if records}
    while waiting or merge:
        for place in [place for place in waiting if merge.count(place) < 2]:
            merge.add(place, waiting[place][:size])
            waiting[place] = waiting[place][size:]
            if not waiting[place]:
                del waiting[place]
        taken += merge.taken()
    return taken


@given(partitions=st.lists(times, max_size=4), size=st.integers(1, 7))
def test_every_partition_keeps_its_order_and_loses_nothing(partitions: list[list[int]], size: int) -> None:
    merged = _merged([_records(place, at) for place, at in enumerate(partitions)], size)
    for place, at in enumerate(partitions):
        assert [each for each in merged if each.partition == place] == _records(place, at)


@given(partitions=st.lists(times, max_size=4), size=st.integers(1, 7))
def test_records_are_in_the_order_of_the_latest_time_so_far(partitions: list[list[int]], size: int) -> None:
    latest = {
        (place, offset): ms for place, at in enumerate(partitions) for offset, ms in enumerate(accumulate(at, max))
    }
    merged = _merged([_records(place, at) for place, at in enumerate(partitions)], size)
    found = [latest[each.partition, each.offset] for each in merged]
    assert found == sorted(latest.values())
