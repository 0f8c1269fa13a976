"""Reads a recording once, to its end, and gathers all that an inspection tells of it."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from services.replay.inspection.duplicates import Hashes, Twins
from services.replay.inspection.glance import Facts, facts_of, timed
from services.replay.inspection.places import Pause, Place, Places, Shown
from services.replay.inspection.rates import Rates, Timeline
from services.replay.inspection.sizes import SizeCounts, Sizes
from services.replay.inspection.skew import Keys, Skew
from services.replay.inspection.validity import Validator, Validity
from services.replay.outcome import Unusable
from services.replay.recording.manifest import Manifest
from services.replay.recording.reading import Recording

LINE_COUNT_MAX: Final = 5_000
FIRST_LINE: Final = 2


class TypeCount(Shown):
    """How many records a topic has of a type; the type is empty where a record has none."""

    topic: str
    type: str
    count: int


class Findings(Shown):
    """All that was found. Its digest and counts are right, as the recording was read to its end."""

    manifest: Manifest
    types: list[TypeCount]
    places: list[Place]
    rates: Rates
    pauses: list[Pause]
    keys: Skew
    same_ids: Twins
    same_values: Twins
    sizes: Sizes
    validity: list[Validity]
    unknown_topics: list[str]


class Inspection:
    """One inspection under way."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._types: Counter[tuple[bytes, bytes]] = Counter()
        self._places = Places()
        self._timeline = Timeline(manifest.first_ms or 0, manifest.last_ms or 0)
        self._keys = Keys()
        self._sizes = SizeCounts()
        self._ids = Hashes(manifest.count)
        self._values = Hashes(manifest.count)
        self._validators: dict[str, Validator] = {}
        self._line = FIRST_LINE

    def add(self, facts: Facts) -> None:
        """Take the facts of the next lines."""
        times_ms = timed(facts.times_ms)
        self._timeline.add(times_ms)
        self._places.pass_time(times_ms)
        self._keys.add(facts.keys)
        self._types.update(zip(facts.topics, facts.types, strict=True))
        self._sizes.add(np.array([len(value) for value in facts.values if value is not None], np.int64))
        self._ids.add(_hashed(facts.topics, facts.ids))
        self._values.add(_hashed(facts.topics, facts.values))
        for topic, own in _by_topic(facts.topics):
            self._places.add(topic, (facts.partitions[own], facts.offsets[own], facts.times_ms[own]))
            validator = self._validators.setdefault(topic, Validator(topic))
            places = range(len(facts.values)) if isinstance(own, slice) else own.tolist()
            validator.add([facts.values[place] for place in places], [self._line + place for place in places])
        self._line += len(facts.values)

    def findings(self) -> Findings:
        """Return what was found."""
        return Findings(
            manifest=self._manifest,
            types=[
                TypeCount(topic=topic.decode(), type=kind.decode("utf-8", "replace"), count=count)
                for (topic, kind), count in sorted(self._types.items())
            ],
            places=self._places.places(),
            rates=self._timeline.rates(),
            pauses=self._places.pauses(),
            keys=self._keys.skew(),
            same_ids=self._ids.twins(FIRST_LINE),
            same_values=self._values.twins(FIRST_LINE),
            sizes=self._sizes.sizes(),
            validity=[each.validity() for _, each in sorted(self._validators.items()) if each.knows],
            unknown_topics=sorted(topic for topic, each in self._validators.items() if not each.knows),
        )


def inspected(recording: Recording, progress: Callable[[int], None] = lambda _: None) -> Findings:
    """Return the findings of a recording. Raises Unusable where it is not whole."""
    inspection, number = Inspection(recording.manifest), FIRST_LINE
    for lines in recording.lines(LINE_COUNT_MAX):
        try:
            inspection.add(facts_of(lines))
        except ValueError as error:
            raise Unusable(f"{recording.path}: line {number} or one of the {len(lines)} after it: {error}") from None
        number += len(lines)
        progress(len(lines))
    return inspection.findings()


def _hashed(topics: tuple[bytes, ...], texts: tuple[bytes | None, ...]) -> np.ndarray:
    """Return 64 bits for each text of each topic; zero where there is none."""
    hashes = np.fromiter([hash(text) if text else 0 for text in texts], np.int64, len(texts))
    first = topics[0]
    if topics.count(first) == len(topics):
        return np.where(hashes, hashes ^ hash(first), 0)
    return np.where(hashes, hashes ^ np.fromiter(map(hash, topics), np.int64, len(topics)), 0)


def _by_topic(topics: tuple[bytes, ...]) -> Iterator[tuple[str, slice | np.ndarray]]:
    """Yield each topic with the places of its records."""
    if topics.count(topics[0]) == len(topics):
        yield topics[0].decode(), slice(None)
        return
    column = np.array(topics, object)
    for topic in sorted(set(topics)):
        yield topic.decode(), np.flatnonzero(column == topic)
