"""Marks: the last offset of each partition that a count has seen. What comes a second time is not counted again.

A kill makes Kafka deliver again what was counted since the last commit; the marks are stored with the count itself.
"""

from typing import NamedTuple

Marks = dict[int, int]


class Place(NamedTuple):
    """Where a record stands in the topic."""

    partition: int
    offset: int


def fresh(marks: Marks, place: Place) -> bool:
    """Return whether a record was not seen yet, and mark it as seen."""
    if place.offset <= marks.get(place.partition, -1):
        return False
    marks[place.partition] = place.offset
    return True
