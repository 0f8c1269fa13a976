"""From where to where a topic is recorded: as it was asked for, in words, and where that is in each partition."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from aiokafka import TopicPartition

from services.replay.outcome import Unusable
from services.runtime.kafka import translated

BEGINNING: Final = "beginning"
END: Final = "end"
_PLACED: Final = re.compile(r"^(?:([A-Za-z0-9._-]+?)(?:/(\d+))?=)?(.+)$")


class Bound(NamedTuple):
    """One `--from` or `--to`: of one topic or of all, of one partition or of all. `when` is a time in milliseconds
    since 1970, an offset, or one of the two words.
    """

    topic: str | None
    partition: int | None
    word: str | None = None
    offset: int | None = None
    time_ms: int | None = None

    def is_of(self, topic: str, partition: int) -> bool:
        """Say whether it speaks of this partition."""
        return self.topic in {None, topic} and self.partition in {None, partition}


class Span(NamedTuple):
    """What is recorded of one partition: from offset `start` up to, not including, `end`; None is without an end.
    It goes by its number among all spans.
    """

    number: int
    topic: str
    place: TopicPartition
    start: int
    end: int | None


def parse_bound(text: str) -> Bound:
    """Read `[TOPIC[/PARTITION]=]WHEN`; WHEN is `beginning`, `end`, an offset, or a time as in RFC 3339 with its zone.

    Raises ValueError.
    """
    found = _PLACED.match(text)
    if found is None:
        raise ValueError("it is empty")
    topic, partition, when = found[1], int(found[2]) if found[2] else None, found[3]
    if when in {BEGINNING, END}:
        return Bound(topic, partition, word=when)
    if when.isascii() and when.isdigit():
        return Bound(topic, partition, offset=int(when))
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(
            f"{when!r} is not `beginning`, `end`, an offset, or a time with its zone, 2026-11-02T13:00:00Z"
        )
    return Bound(topic, partition, time_ms=int(moment.timestamp() * 1000))


class Spans:
    """Finds the spans of topics on a broker. `prefix` is what stands before each topic's name there."""

    def __init__(self, client: Any, prefix: str) -> None:  # noqa: ANN401 - aiokafka has no types
        self._client = client
        self._prefix = prefix

    async def of(self, counts: dict[str, int], starts: Sequence[Bound], ends: Sequence[Bound]) -> list[Span]:
        """Return a span for each partition of these topics (name to number of partitions). The last bound that speaks
        of a partition counts. Raises Unusable for one that the log does not hold.
        """
        places = [TopicPartition(self._prefix + topic, number) for topic in counts for number in range(counts[topic])]
        with translated():
            first = await self._client.beginning_offsets(places)
            last = await self._client.end_offsets(places)
        spans: list[Span] = []
        for place in places:
            topic = place.topic.removeprefix(self._prefix)
            held = (first[place], last[place])
            start = await self._offset(place, _chosen(starts, topic, place.partition), held)
            end = await self._offset(place, _chosen(ends, topic, place.partition), held)
            span = Span(len(spans), topic, place, held[1] if start is None else start, end)
            spans.append(_checked(span, held))
        return spans

    async def _offset(self, place: TopicPartition, bound: Bound | None, held: tuple[int, int]) -> int | None:
        if bound is None or bound.offset is not None:
            return None if bound is None else bound.offset
        if bound.word is not None:
            return held[0] if bound.word == BEGINNING else held[1]
        with translated():
            found = (await self._client.offsets_for_times({place: bound.time_ms}))[place]
        return held[1] if found is None else int(found.offset)


def _chosen(bounds: Sequence[Bound], topic: str, partition: int) -> Bound | None:
    return next((bound for bound in reversed(bounds) if bound.is_of(topic, partition)), None)


def _checked(span: Span, held: tuple[int, int]) -> Span:
    name = f"{span.topic}/{span.place.partition}"
    if not held[0] <= span.start <= held[1]:
        raise Unusable(f"{name} holds offsets {held[0]:,} to {held[1] - 1:,}, and --from asks for {span.start:,}")
    if span.end is not None and not span.start <= span.end <= held[1]:
        raise Unusable(f"{name} holds offsets {held[0]:,} to {held[1] - 1:,}, and --to asks for {span.end:,}")
    return span
