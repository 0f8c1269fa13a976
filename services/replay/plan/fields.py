"""Which fields of a value are ids and which are times: read off the contract's models, so that none is forgotten.

A topic that is not ours has none but those that the choices name.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, get_args
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.contract.topics import TOPICS
from services.replay.plan.choices import Choices

KEPT_TIMES: Final = frozenset({"court_live_at", "live_at", "old_way_until"})
"""Facts about a court, not about when something happened: they stay, however the rest is moved."""


class Field:
    """A field whose value is a text, found in the bytes of a JSON value without reading the rest of it.

    `"name":"` can only stand where a field begins: inside a text each quotation mark has a backslash before it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.refused = 0
        self._name = f'"{name}"'.encode()
        self._compact = self._name + b':"'
        self._spaced = re.compile(rb'"' + re.escape(name.encode()) + rb'"\s*:\s*"')
        self._length = len(self._compact)

    def text(self, value: bytes, start: int = 0) -> tuple[int, int]:
        """Return where the text of the first such field from `start` on begins and ends; (-1, -1) where none is."""
        begin = value.find(self._compact, start)
        if begin >= 0:
            begin += self._length
        else:
            spaced = self._spaced.search(value, start)
            if spaced is None:
                return -1, -1
            begin = spaced.end()
        return begin, value.find(b'"', begin)

    def rewritten(self, value: bytes, make: Callable[[bytes], bytes | None]) -> bytes:
        """Return the value with the text of each such field made anew; where `make` returns None it stays, counted."""
        begin = value.find(self._compact)
        if begin < 0:
            return self._others(value, make, 0) if self._name in value else value
        begin += self._length
        end = value.find(b'"', begin)
        if end < 0:
            return value
        value, end = self._one(value, begin, end, make)
        return value if value.find(self._name, end) < 0 else self._others(value, make, end)

    def _others(self, value: bytes, make: Callable[[bytes], bytes | None], start: int) -> bytes:
        begin, end = self.text(value, start)
        while end >= 0:
            value, end = self._one(value, begin, end, make)
            begin, end = self.text(value, end)
        return value

    def _one(self, value: bytes, begin: int, end: int, make: Callable[[bytes], bytes | None]) -> tuple[bytes, int]:
        """Return the value with this one text made anew, and where it ends now."""
        text = make(value[begin:end])
        if text is None:
            self.refused += 1
            return value, end
        return value[:begin] + text + value[end:], begin + len(text)


class Fields(NamedTuple):
    """The fields of a topic's values that are made anew."""

    ids: tuple[Field, ...]
    times: tuple[Field, ...]


def fields_of(topic: str, choices: Choices) -> Fields:
    """Return the fields of a target topic's values: the contract's, then those that the choices name."""
    model = next((known.value for known in TOPICS if known.name == topic), None)
    declared = list(_declared(model)) if model is not None else []
    ids = [name for name, kind in declared if kind is UUID]
    times = [name for name, kind in declared if kind is AwareDatetime and name not in KEPT_TIMES]
    return Fields(
        tuple(Field(name) for name in dict.fromkeys([*ids, *choices.id_fields])),
        tuple(Field(name) for name in dict.fromkeys([*times, *choices.time_fields])),
    )


def _declared(model: type[BaseModel]) -> Iterator[tuple[str, object]]:
    for name, info in model.model_fields.items():
        kinds = get_args(info.annotation) or (info.annotation,)
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _declared(kind)
            else:
                yield name, kind
