"""The search for originals that a redaction left behind: in each record as it is made, and in the whole file after it.

A text of fewer than LENGTH_MIN characters is found anywhere by chance, and so is an account number, as pseudonyms are
account numbers too: these are held against their own record alone.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from services.replay.capture.personal import Kind
from services.replay.capture.redaction import Redacted
from services.replay.capture.vocabulary import closed_words
from services.replay.outcome import Unusable
from services.replay.recording.lines import record_of
from services.replay.recording.reading import Recording
from services.replay.recording.record import Recorded

LENGTH_MIN: Final = 6
ORIGINAL_COUNT_MAX: Final = 10_000_000
_FRESH_COUNT_MAX: Final = 500_000
_SPLIT: Final = re.compile(r"[\s:;,<>()\"'/=|]+")


class Canary:
    """Remembers the originals of a recording by 64 bits each, of no more than ORIGINAL_COUNT_MAX."""

    def __init__(self) -> None:
        self._known = np.empty(0, np.uint64)
        self._fresh: set[int] = set()
        self.full = False

    def left_in(self, redacted: Redacted) -> str | None:
        """Return the field in which one of a record's own originals is left; None where none is, and remember them."""
        for original in redacted.originals:
            if left := _left_in(redacted, original.text):
                return left
        for original in redacted.originals:
            if original.kind is not Kind.ACCOUNT and _is_telling(original.text):
                self._fresh.add(_hash(original.text))
        if len(self._fresh) >= _FRESH_COUNT_MAX:
            self._settle()
        return None

    def _settle(self) -> None:
        fresh = np.fromiter(self._fresh, np.uint64, len(self._fresh))
        self._fresh.clear()
        if len(self._known) + len(fresh) > ORIGINAL_COUNT_MAX:
            fresh = fresh[~np.isin(fresh, self._known)][: ORIGINAL_COUNT_MAX - len(self._known)]
            self.full = len(fresh) + len(self._known) >= ORIGINAL_COUNT_MAX
        self._known = np.union1d(self._known, fresh)

    def search(self, path: Path) -> str:
        """Search a recording for all that is remembered; return what a manifest says of it. Raises Unusable."""
        self._settle()
        number = 2
        for lines in Recording.open(path).lines():
            for line, found in self._found_in(lines):
                place = f"line {number + line}"
                raise Unusable(f"--redact: {path} {place} still holds an original ({found}): do not hand the file on")
            number += len(lines)
        more = " (more were not remembered)" if self.full else ""
        return f"none of {len(self._known):,} originals{more} is in any line"

    def _found_in(self, lines: list[bytes]) -> Iterator[tuple[int, str]]:
        places: list[int] = []
        hashes: list[int] = []
        for number, line in enumerate(lines):
            found = {_hash(token) for token in _tokens(record_of(line))}
            places += [number] * len(found)
            hashes += found
        for index in np.flatnonzero(np.isin(np.array(hashes, np.uint64), self._known)):
            yield places[index], f"its hash begins with {hashes[index]:016x}"


def _left_in(redacted: Redacted, original: str) -> str | None:
    """Return where an original stands in its own record: in a free text that was kept, or in the key."""
    key = (redacted.record.key or b"").decode("utf-8", "replace")
    for name, text in [*redacted.kept, ("key", key)]:
        if original in text if len(original) >= LENGTH_MIN else original in _SPLIT.split(text):
            return name
    return None


def _is_telling(text: str) -> bool:
    return len(text) >= LENGTH_MIN and text not in closed_words()


def _tokens(record: Recorded) -> Iterator[str]:
    """Yield every text in a record, whole and in its parts."""
    contents = (record.key, *(content for _, content in record.headers))
    for text in (*[(content or b"").decode("utf-8", "replace") for content in contents], *_texts_of(record.value)):
        for part in (text, *_SPLIT.split(text)):
            if len(part) >= LENGTH_MIN:
                yield part


def _texts_of(value: bytes | None) -> Iterable[str]:
    try:
        return _texts(orjson.loads(value or b"null"))
    except orjson.JSONDecodeError:
        return ((value or b"").decode("utf-8", "replace"),)


def _texts(found: object) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict | list):
        for each in found.values() if isinstance(found, dict) else found:
            yield from _texts(each)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())
