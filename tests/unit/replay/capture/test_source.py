"""Where records come from: what ends, what goes on, and what is held meanwhile. What a broker does is tested on one."""

from collections.abc import Sequence
from types import SimpleNamespace

from aiokafka import TopicPartition

from services.replay.capture.sieve import Sieve
from services.replay.capture.source import HELD_BYTES_OF_ALL, Source
from services.replay.capture.spans import Span

_ENDLESS, _ENDING = TopicPartition("t", 0), TopicPartition("t", 1)


class _OneSided:
    """Has large records of one partition whenever it is asked, and never any of another."""

    def __init__(self) -> None:
        self.given_bytes = 0
        self._fetcher = SimpleNamespace(_records={})

    def assign(self, places: Sequence[TopicPartition]) -> None:
        """Take any."""

    def seek(self, place: TopicPartition, offset: int) -> None:
        """Go anywhere."""

    async def position(self, _: TopicPartition) -> int:
        return 0

    async def getmany(self, *places: TopicPartition, **_: int) -> dict[TopicPartition, list[object]]:
        if _ENDLESS not in places:
            return {}
        value = b'"' + b"x" * (1024 * 1024) + b'"'
        self.given_bytes += len(value)
        record = SimpleNamespace(offset=0, timestamp=0, timestamp_type=0, key=None, headers=[], value=value)
        decoded = SimpleNamespace()
        self._fetcher._records[_ENDLESS] = SimpleNamespace(_partition_records=decoded)  # noqa: SLF001 - as aiokafka does
        return {_ENDLESS: [decoded._consumer_record(_ENDLESS, record)]}  # noqa: SLF001 - as above


def _source(client: _OneSided, end: int | None) -> Source:
    return Source(client, [Span(0, "t", _ENDLESS, 0, 10_000), Span(1, "t", _ENDING, 0, end)], Sieve())


async def test_partition_that_is_waited_for_does_not_hold_up_the_end_by_hand() -> None:
    batches = _source(_OneSided(), 10_000).batches()
    assert len(await anext(batches)) == 0
    await batches.aclose()


async def test_what_is_held_of_a_partition_is_bounded_in_bytes() -> None:
    client = _OneSided()
    batches = _source(client, 10_000).batches()
    for _ in range(100):
        await anext(batches)
    await batches.aclose()
    assert 0 <= client.given_bytes - HELD_BYTES_OF_ALL // 2 < 2 * 1024 * 1024


def test_source_is_live_where_a_partition_has_no_end() -> None:
    assert _source(_OneSided(), None).is_live
    assert not _source(_OneSided(), 7).is_live
