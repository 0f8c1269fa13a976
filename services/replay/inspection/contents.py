"""What is in the records of a recording: how many of which type, how keys are used, which values are valid."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from services.replay.inspection.glance import Facts
from services.replay.inspection.places import Shown
from services.replay.inspection.skew import Keys, Skew
from services.replay.inspection.validity import Validator, Validity


class TypeCount(Shown):
    """How many records a topic has of a type; the type is empty where a record has none."""

    topic: str
    type: str
    count: int


class Found(NamedTuple):
    """What was found."""

    types: list[TypeCount]
    keys: Skew
    validity: list[Validity]
    unknown_topics: list[str]


class Contents:
    """Takes the facts of records in the order of the file."""

    def __init__(self) -> None:
        self._types: Counter[tuple[bytes, bytes]] = Counter()
        self._keys = Keys()
        self._validators: dict[str, Validator] = {}

    def add(self, facts: Facts, line: int) -> None:
        """Take the facts of lines, the first of which is this one."""
        self._keys.add(facts.keys)
        self._types.update(zip(facts.topics, facts.types, strict=True))
        for topic, own in by_topic(facts.topics):
            validator = self._validators.setdefault(topic, Validator(topic))
            if isinstance(own, slice):
                validator.add(facts.values, range(line, line + len(facts.values)))
            else:
                validator.add([facts.values[place] for place in own], (own + line).tolist())

    def found(self) -> Found:
        """Return what was found."""
        return Found(
            types=[
                TypeCount(topic=topic.decode(), type=kind.decode("utf-8", "replace"), count=count)
                for (topic, kind), count in sorted(self._types.items())
            ],
            keys=self._keys.skew(),
            validity=[each.validity() for _, each in sorted(self._validators.items()) if each.knows],
            unknown_topics=sorted(topic for topic, each in self._validators.items() if not each.knows),
        )


def by_topic(topics: tuple[bytes, ...]) -> Iterator[tuple[str, slice | np.ndarray]]:
    """Yield each topic with the places of its records."""
    if topics.count(topics[0]) == len(topics):
        yield topics[0].decode(), slice(None)
        return
    column = np.array(topics, object)
    for topic in sorted(set(topics)):
        yield topic.decode(), np.flatnonzero(column == topic)
