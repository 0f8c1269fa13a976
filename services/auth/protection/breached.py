"""Passwords that nobody may choose, because guessers try them first. Looked up offline; nothing leaves this machine.

The packaged list, common_passwords.sha1, holds the first five bytes of the SHA-1 of each common password of six or more
characters, case-folded, sorted: the lists of zxcvbn and zxcvbn-ts (MIT) and of Django (BSD) together. A court may add
the whole export of a k-anonymity service, sorted lines `SHA1:count`, which is searched on disk and never loaded.
"""

import hashlib
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final, overload

CHARACTERS_MIN: Final = 6
LINE_BYTES_MAX: Final = 64
_PREFIX_BYTES: Final = 5
_COMMON: Final = Path(__file__).parent / "common_passwords.sha1"
_IS_COMMON: Final = "is one of the passwords that guessers try first: choose another"
_IS_DERIVED: Final = "is one of the passwords that guessers try first, with signs or digits added: choose another"
_IS_BREACHED: Final = "has been in a breach of another site: choose another"


def refuses(password: str, path: Path | None = None) -> str | None:
    """Return why a password may not be chosen, or None. `path` is the court's own list.

    Raises OSError when it cannot be read, ValueError when it is not a list of this kind.
    """
    folded = _folded(password)
    if _is_common(folded):
        return _IS_COMMON
    bare = folded.rstrip("0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
    if bare != folded and len(bare) >= CHARACTERS_MIN and _is_common(bare):
        return _IS_DERIVED
    return _IS_BREACHED if path is not None and _listed(path, password) else None


def _folded(password: str) -> str:
    return unicodedata.normalize("NFC", password).casefold()


def _digest(text: str) -> "hashlib._Hash":
    # SHA-1 because such lists are kept by it; it hides nothing here.
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False)


def _is_common(folded: str) -> bool:
    common, wanted = _common(), _digest(folded).digest()[:_PREFIX_BYTES]
    place = bisect_left(common, wanted)
    return place < len(common) and common[place] == wanted


@cache
def _common() -> "_Prefixes":
    return _Prefixes(_COMMON.read_bytes())


class _Prefixes(Sequence[bytes]):
    """Prefixes one after the other in one string of bytes."""

    def __init__(self, packed: bytes) -> None:
        assert len(packed) % _PREFIX_BYTES == 0, "the packaged list is whole"
        self._packed = packed

    def __len__(self) -> int:
        return len(self._packed) // _PREFIX_BYTES

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[bytes]: ...
    def __getitem__(self, place: int | slice) -> bytes | Sequence[bytes]:
        assert isinstance(place, int), "asked for one by one"
        return self._packed[place * _PREFIX_BYTES : (place + 1) * _PREFIX_BYTES]


def _listed(path: Path, password: str) -> bool:
    wanted = _digest(unicodedata.normalize("NFC", password)).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        # Between the two always begins the first line that is not before the wanted one.
        while low < high:
            middle = (low + high) // 2
            start, line = _line_from(file, middle)
            if line and _hash_of(line, path) < wanted:
                low = start + len(line)
            else:
                high = middle
        return _hash_at(file, low, path) == wanted


def _line_from(file: BinaryIO, place: int) -> tuple[int, bytes]:
    """Return the first line that begins at or behind a place, and where it begins; an empty one at the end."""
    file.seek(max(0, place - 1))
    if place:
        file.readline(LINE_BYTES_MAX)
    return file.tell(), file.readline(LINE_BYTES_MAX)


def _hash_at(file: BinaryIO, place: int, path: Path) -> bytes:
    _, line = _line_from(file, place)
    return _hash_of(line, path) if line else b""


def _hash_of(line: bytes, path: Path) -> bytes:
    digits, _, count = line.strip().partition(b":")
    if len(digits) != 40 or not digits.isalnum() or not count.isdigit():  # noqa: PLR2004 - hexadecimal digits of SHA-1
        raise ValueError(f"{path} is not a sorted list of lines `SHA1:count`")
    return digits.upper()
