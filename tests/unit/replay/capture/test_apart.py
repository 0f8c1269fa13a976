"""What is read by a second process: half of what is many, nothing of what is few or live."""

from aiokafka import TopicPartition

from services.replay.capture.apart import WORTH_IT_COUNT, shared_out
from services.replay.capture.spans import Span


def _spans(*ends: int | None) -> list[Span]:
    return [Span(number, "t", TopicPartition("t", number), 0, end) for number, end in enumerate(ends)]


def _numbers(*ends: int | None) -> tuple[list[int], list[int]]:
    here, apart = shared_out(_spans(*ends))
    return [span.number for span in here], [span.number for span in apart]


def test_many_records_are_halved() -> None:
    assert _numbers(WORTH_IT_COUNT, WORTH_IT_COUNT // 2, WORTH_IT_COUNT // 4) == ([1, 2], [0])


def test_single_partition_is_read_apart() -> None:
    assert _numbers(WORTH_IT_COUNT) == ([], [0])


def test_few_records_are_read_here() -> None:
    assert _numbers(WORTH_IT_COUNT - 2, 1) == ([0, 1], [])


def test_live_partitions_are_read_here() -> None:
    assert _numbers(WORTH_IT_COUNT, None) == ([0, 1], [])
