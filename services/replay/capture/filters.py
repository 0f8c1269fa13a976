"""Which records are recorded: by key, type, header, JSON field, and a sample by key. Pure."""

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Final

import orjson

from services.replay.recording.record import Recorded

Filter = Callable[[Recorded], bool]
_TYPE: Final = "ce_type"
_WHOLE: Final = 2**64


def by_key(pattern: str) -> Filter:
    """Take records in whose key this regular expression is found. Raises ValueError."""
    try:
        search = re.compile(pattern.encode()).search
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
    return lambda record: record.key is not None and search(record.key) is not None


def by_type(types: Sequence[str]) -> Filter:
    """Take records with one of these values of `ce_type`."""
    wanted = {each.encode() for each in types}
    return lambda record: any(name == _TYPE and text in wanted for name, text in record.headers)


def by_header(given: str) -> Filter:
    """Take records with a header, given as `name=value`. Raises ValueError."""
    name, value = _pair(given)
    wanted = (name, value.encode())
    return lambda record: wanted in record.headers


def by_field(given: str) -> Filter:
    """Take records whose value is JSON with this field, given as `path.to.field=value`; `value` is the field's text, or
    as JSON has it (`true`, `7`, `null`). Raises ValueError.
    """
    path, wanted = _pair(given)
    steps, written = path.split("."), wanted.encode()

    def passes(record: Recorded) -> bool:
        found = _at(record.value, steps)
        return found is not _NOTHING and (
            found == wanted or (type(found) is not str and orjson.dumps(found) == written)
        )

    return passes


_NOTHING: Final = object()


def _at(value: bytes | None, steps: list[str]) -> object:
    try:
        found: Any = orjson.loads(value or b"")
        for step in steps:
            found = found[int(step) if isinstance(found, list) else step]
    except (orjson.JSONDecodeError, KeyError, IndexError, ValueError, TypeError):
        return _NOTHING
    return found


def by_sample(fraction: float) -> Filter:
    """Take this share of the keys (0 to 1): always the same ones, in every topic, and of a larger share these too.

    Records without a key are taken by their place.
    """
    limit = round(fraction * _WHOLE)

    def passes(record: Recorded) -> bool:
        key = record.key if record.key is not None else f"{record.topic}/{record.partition}/{record.offset}".encode()
        return int.from_bytes(blake2b(key, digest_size=8, person=b"replaysample").digest()) < limit

    return passes


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not name or not equals:
        raise ValueError(f"{given!r} is not name=value")
    return name, value
