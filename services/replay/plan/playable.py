"""What of a recording is played: the lines of the mapped topics, each with the time at which it was in its place.

Partitions may interleave in a file, or stand in it one after the other. In a partition a time never goes back here: a
record that claims to be older than the one before it gets that one's time. So a stable sort by time keeps the order of
every partition, and with it the order of every key.
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Final, NoReturn, Protocol

import numpy as np
import orjson

from services.replay.outcome import Unusable
from services.replay.plan.choices import Choices
from services.replay.plan.timeline import Times
from services.replay.recording.lines import record_of
from services.replay.recording.manifest import Manifest
from services.replay.recording.record import Recorded

Progress = Callable[[int], None]
"""Is told how many more lines were read."""

Place = tuple[str, int]
"""A recorded topic and partition."""

BATCH_COUNT: Final = 2_000
_STOOD: Final = re.compile(
    rb'\{"topic":"([A-Za-z0-9._-]+)","partition":([0-9]{1,9}),"offset":[0-9]{1,19},"timestamp":([0-9]{1,18}),'
)


def unwatched(_count: int) -> None:
    """Show no progress."""


class Source(Protocol):
    """A recording, as far as it is needed here. Both raise Unusable at the first fault; `lines` parses nothing."""

    @property
    def manifest(self) -> Manifest: ...

    def lines(self, count_max: int = BATCH_COUNT) -> Iterator[list[bytes]]: ...

    def batches(self, count_max: int = BATCH_COUNT) -> Iterator[list[Recorded]]: ...


class Playable:
    """The part of a recording that is played. Raises Unusable where that is nothing."""

    def __init__(self, recording: Source, choices: Choices) -> None:
        manifest = self.manifest = recording.manifest
        held = {name: topic.count for name, topic in manifest.topics.items()}
        self._recording = recording
        self._topics = frozenset(choices.topics)
        self.count = sum(held.get(name, 0) for name in self._topics)
        self.left_out = {name: count for name, count in held.items() if name not in self._topics}
        self._played, self._passed = _beginnings(choices.topics), _beginnings(self.left_out)
        self.first_ms = max(0, manifest.first_ms or 0)
        if not self.count:
            held_text = ", ".join(f"{name} ({count:,})" for name, count in held.items()) or "nothing"
            raise Unusable(
                f"the recording holds no record of {', '.join(choices.topics)}; it holds: {held_text}. "
                "Choose by --topic NAME, or --topic NAME=link-requests-v1 to play it into another topic"
            )

    def lines(self, progress: Progress = unwatched) -> Generator[list[bytes]]:
        """Yield the lines of what is played, in the order of the file, and hold their number against the manifest."""
        count, everything = 0, not self.left_out
        for lines in self._recording.lines(BATCH_COUNT):
            played = lines if everything else self._played_of(lines)
            count += len(played)
            if count > self.count:
                break
            if played:
                yield played
            progress(len(lines))
        if count != self.count:
            self.complain()

    def _played_of(self, lines: list[bytes]) -> list[bytes]:
        # A line of our own recorder begins with its topic: one that is left out need not be read.
        played, passed = self._played, self._passed
        chosen = [line for line in lines if line.startswith(played)]
        if len(chosen) + [line.startswith(passed) for line in lines].count(True) == len(lines):
            return chosen
        return [line for line in lines if line.startswith(played) or self._plays(line)]

    def _plays(self, line: bytes) -> bool:
        return not line.startswith(self._passed) and self.record(line).topic in self._topics

    def record(self, line: bytes) -> Recorded:
        """Return the record of a line that is played. Raises Unusable where there is none."""
        try:
            return record_of(line)
        except ValueError:
            self.complain()

    def complain(self) -> NoReturn:
        """Let the recording say in its own words what is wrong with it, and where."""
        for _ in self._recording.batches(BATCH_COUNT):
            pass
        raise Unusable("the recording's counts by topic are others than its manifest's")

    def times_ms(self, progress: Progress = unwatched) -> Times:
        """Return the time of each record: a reading of the whole file."""
        times = Gathered(self)
        for lines in self.lines(progress):
            stood = [self._stood(line) for line in lines]
            times.add([place for place, _ in stood], [time_ms for _, time_ms in stood])
        return times.all

    def first_played_ms(self) -> int:
        """Return the first time of what is played. Reads until it has seen every partition: times never go back there,
        so each begins with its first.
        """
        held = self.manifest.topics
        open_count = sum(held[name].partition_count for name in self._topics if name in held)
        first: dict[Place, int] = {}
        with closing(self.lines()) as batches:
            for lines in batches:
                for place, time_ms in map(self._stood, lines):
                    first.setdefault(place, max(time_ms, self.first_ms))
                if len(first) >= open_count:
                    break
        return min(first.values())

    def _stood(self, line: bytes) -> tuple[Place, int]:
        """Return where a record stood, and its time: of a line of our own recorder without reading the rest of it."""
        found = _STOOD.match(line)
        if found is None:
            record = self.record(line)
            return record[:2], record.timestamp_ms
        topic, partition, time_ms = found.groups()
        return (topic.decode(), int(partition)), int(time_ms)


def _beginnings(topics: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(b'{"topic":%b,' % orjson.dumps(topic) for topic in topics)


class Gathered:
    """Times, gathered batch by batch into one array: eight bytes a record."""

    def __init__(self, playable: Playable) -> None:
        self._times: Times = np.empty(playable.count, np.int64)
        self._done = 0
        self._last: dict[Place, int] = {}
        self._first_ms = self._latest_ms = playable.first_ms

    def add(self, places: Sequence[Place], times_ms: Sequence[int]) -> None:
        """Take the times of one batch."""
        here = self._times[self._done : self._done + len(times_ms)]
        here[:] = times_ms
        self._done += len(times_ms)
        if here[0] >= self._latest_ms and (here[1:] >= here[:-1]).all():
            self._last.update(zip(places, times_ms, strict=True))  # nothing goes back in any place
        else:
            here[:] = [self._held_back(place, time_ms) for place, time_ms in zip(places, times_ms, strict=True)]
        self._latest_ms = max(self._latest_ms, int(here.max()))

    def _held_back(self, place: Place, time_ms: int) -> int:
        time_ms = self._last[place] = max(time_ms, self._last.get(place, self._first_ms))
        return time_ms

    @property
    def all(self) -> Times:
        """The times gathered so far."""
        return self._times[: self._done]
