"""Counts records as they pass: what the manifest says of a recording, kept while writing and held against it when
reading.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from services.replay.recording.manifest import Draft, Manifest, TopicCount
from services.replay.recording.record import NO_TIMESTAMP_MS, Recorded

_TOPIC = attrgetter("topic")


class Counted(NamedTuple):
    """What there is of some records of one partition; `span_ms` is None where none has a time."""

    topic: str
    partition: int
    record_count: int
    value_bytes: int
    span_ms: tuple[int, int] | None


class Tally:
    """Counts by topic, and the span of time."""

    def __init__(self) -> None:
        self.count = 0
        self.first_ms: int | None = None
        self.last_ms: int | None = None
        self._topics: dict[str, list[int]] = {}

    def add(self, records: Sequence[Recorded]) -> None:
        """Count some records."""
        for topic, group in groupby(records, _TOPIC):
            same = list(group)
            counts = self._topics.setdefault(topic, [0, 0, 0])
            counts[0] = max(counts[0], 1 + max([record.partition for record in same]))
            counts[1] += len(same)
            counts[2] += sum([len(record.value) for record in same if record.value])
        self.count += len(records)
        if times := [record.timestamp_ms for record in records if record.timestamp_ms != NO_TIMESTAMP_MS]:
            self._span(min(times), max(times))

    def add_counted(self, counted: Counted) -> None:
        """Count some records that were counted already."""
        if not counted.record_count:
            return
        counts = self._topics.setdefault(counted.topic, [0, 0, 0])
        counts[0] = max(counts[0], 1 + counted.partition)
        counts[1] += counted.record_count
        counts[2] += counted.value_bytes
        self.count += counted.record_count
        if counted.span_ms is not None:
            self._span(*counted.span_ms)

    def _span(self, first_ms: int, last_ms: int) -> None:
        self.first_ms = first_ms if self.first_ms is None else min(self.first_ms, first_ms)
        self.last_ms = last_ms if self.last_ms is None else max(self.last_ms, last_ms)

    def topics(self, partition_counts: dict[str, int]) -> dict[str, TopicCount]:
        """Return the counts by topic in the order of names. The numbers of partitions given count before those seen."""
        return {
            name: TopicCount(
                partition_count=max(seen, partition_counts.get(name, 0)), count=count, value_bytes=value_bytes
            )
            for name, (seen, count, value_bytes) in sorted(self._topics.items())
        }

    def manifest(self, draft: Draft, *, complete: bool, body_sha256: str, body_bytes: int) -> Manifest:
        """Return the manifest of what was counted."""
        return Manifest(
            complete=complete,
            topics=self.topics(draft.partition_counts),
            count=self.count,
            first_ms=self.first_ms,
            last_ms=self.last_ms,
            body_sha256=body_sha256,
            body_bytes=body_bytes,
            **draft.model_dump(exclude={"partition_counts"}),
        )
