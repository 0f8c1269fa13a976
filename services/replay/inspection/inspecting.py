"""Reads a recording once, to its end, and gathers all that an inspection tells of it."""

from collections.abc import Callable
from typing import Final

import numpy as np

from services.replay.inspection.aside import looking_at_contents
from services.replay.inspection.contents import Found, TypeCount, by_topic
from services.replay.inspection.duplicates import Hashes, Twins
from services.replay.inspection.glance import Facts, facts_of, timed
from services.replay.inspection.places import Pause, Place, Places, Shown
from services.replay.inspection.rates import Rates, Timeline
from services.replay.inspection.sizes import SizeCounts, Sizes
from services.replay.inspection.skew import Skew
from services.replay.inspection.validity import Validity
from services.replay.outcome import Unusable
from services.replay.recording.manifest import Manifest
from services.replay.recording.reading import Recording

FIRST_LINE: Final = 2


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
    """One inspection under way. What is in the records is looked at by another."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._places = Places()
        self._timeline = Timeline(manifest.first_ms or 0, manifest.last_ms or 0)
        self._sizes = SizeCounts()
        self._ids = Hashes(manifest.count)
        self._values = Hashes(manifest.count)

    def add(self, facts: Facts) -> None:
        """Take the facts of the next lines. Raises ValueError where the manifest cannot be theirs."""
        times_ms = timed(facts.times_ms)
        self._check(times_ms)
        self._timeline.add(times_ms)
        self._places.pass_time(times_ms)
        self._sizes.add(np.array([len(value) for value in facts.values if value is not None], np.int64))
        self._ids.add(_hashed(facts.topics, facts.ids))
        self._values.add(_hashed(facts.topics, facts.values))
        for topic, own in by_topic(facts.topics):
            self._places.add(topic, (facts.partitions[own], facts.offsets[own], facts.times_ms[own]))

    def _check(self, times_ms: np.ndarray) -> None:
        first_ms, last_ms = self._manifest.first_ms or 0, self._manifest.last_ms or 0
        if len(times_ms) and not first_ms <= times_ms.min() <= times_ms.max() <= last_ms:
            raise ValueError("a time outside of the manifest's; it was changed after it was recorded")

    def findings(self, contents: Found) -> Findings:
        """Return what was found."""
        return Findings(
            manifest=self._manifest,
            types=contents.types,
            places=self._places.places(),
            rates=self._timeline.rates(),
            pauses=self._places.pauses(),
            keys=contents.keys,
            same_ids=self._ids.twins(FIRST_LINE),
            same_values=self._values.twins(FIRST_LINE),
            sizes=self._sizes.sizes(),
            validity=contents.validity,
            unknown_topics=contents.unknown_topics,
        )


def inspected(recording: Recording, progress: Callable[[int], None] = lambda _: None) -> Findings:
    """Return the findings of a recording. Raises Unusable where it is not whole."""
    inspection, line = Inspection(recording.manifest), FIRST_LINE
    with looking_at_contents(recording.manifest.count) as taker:
        for block in recording.blocks():
            count = block.count(b"\n")
            try:
                facts = facts_of(block)
                inspection.add(facts)
            except ValueError as error:
                raise Unusable(f"{recording.path}: one of the lines {line} to {line + count - 1}: {error}") from None
            taker.take(block, facts, line)
            line += count
            progress(count)
        contents = taker.found()
    return inspection.findings(contents)


def _hashed(topics: tuple[bytes, ...], texts: tuple[bytes | None, ...]) -> np.ndarray:
    """Return 64 bits for each text of each topic; zero where there is none."""
    hashes = np.fromiter([hash(text) if text else 0 for text in texts], np.int64, len(texts))
    first = topics[0]
    if topics.count(first) == len(topics):
        return np.where(hashes, hashes ^ hash(first), 0)
    return np.where(hashes, hashes ^ np.fromiter(map(hash, topics), np.int64, len(topics)), 0)
