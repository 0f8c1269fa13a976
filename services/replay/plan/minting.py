"""New ids for old ones, without memory: the same old id gives the same new id wherever it stands in a run.

So what refers to a record still refers to it after the replay, in every topic; each loop and each run has its own ids.
"""

import hashlib
import re
from binascii import hexlify, unhexlify
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import numpy as np

from services.replay.plan.forms import Rows, rows_of, texts_in

UUID_LENGTH: Final = 36
_USUAL: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_TIME_MASK: Final = (1 << 48) - 1
_DIGEST_BYTES: Final = 16
_SEVEN: Final = ord("7")
_EIGHT: Final = ord("8")
_DASH: Final = ord("-")
_DASHES: Final = [8, 13, 18, 23]
_TIME_DIGITS: Final = [*range(8), *range(9, 13)]
_RANDOM_PLACES: Final = [*range(15, 18), *range(20, 23), *range(24, 36)]
_RANDOM_DIGITS: Final = [*range(3), *range(4, 7), *range(7, 19)]
_OTHER_START: Final = slice(20, 32)
_TIME_BYTES: Final = 6
_VARIANTS: Final = np.frombuffer(b"".join(_VARIANT.get(chr(each), "?").encode() for each in range(128)), np.uint8)


class Mint:
    """Makes the ids of one loop of one run. `shift_ms` is added to the time in a version 7 id.

    A version 7 id stays one, so that an index over the ids grows at its end; any other becomes version 8 (RFC 9562).
    """

    def __init__(self, run_id: str, loop: int, shift_ms: int = 0) -> None:
        self._keyed = hashlib.blake2b(f"{run_id}\0{loop}\0".encode(), digest_size=_DIGEST_BYTES)
        self._shift_ms = shift_ms
        self._last: tuple[bytes, bytes | None] = (b"", None)  # a record's id stands in its headers and in its value

    def text(self, old: bytes) -> bytes | None:
        """Return the new id for an old one, both in the usual form; None where the old one is no UUID."""
        if old == self._last[0]:
            return self._last[1]
        new = self._new(old)
        self._last = (old, new)
        return new

    def _new(self, old: bytes) -> bytes | None:
        if _USUAL.fullmatch(old) is None and _USUAL.fullmatch(old := old.lower()) is None:
            return None
        return self.usual(old)

    def usual(self, old: bytes) -> bytes:
        """Return the new id for an old one that is known to be in the usual form, in small letters."""
        keyed = self._keyed.copy()
        keyed.update(old)
        digest = keyed.hexdigest()
        if old[14] == _SEVEN:
            time = "%012x" % ((int(old[:8] + old[9:13], 16) + self._shift_ms) & _TIME_MASK)
            start = f"{time[:8]}-{time[8:]}-7"
        else:
            start = f"{digest[20:28]}-{digest[28:]}-8"
        return f"{start}{digest[:3]}-{_VARIANT[digest[3]]}{digest[4:7]}-{digest[7:19]}".encode()

    def many(self, old: Sequence[bytes]) -> list[bytes]:
        """Return what `usual` returns, for many ids."""
        digests = []
        for each in old:
            keyed = self._keyed.copy()
            keyed.update(each)
            digests.append(keyed.digest())
        digits = rows_of([hexlify(b"".join(digests))], len(old) * 2 * _DIGEST_BYTES).reshape(len(old), -1)
        before = rows_of(old, UUID_LENGTH)
        seven = before[:, 14] == _SEVEN
        new = np.empty_like(before)
        new[:, _DASHES] = _DASH
        new[:, _TIME_DIGITS] = np.where(seven[:, None], self._shifted(before), digits[:, _OTHER_START])
        new[:, 14] = np.where(seven, _SEVEN, _EIGHT)
        new[:, 19] = _VARIANTS[digits[:, 3]]
        new[:, _RANDOM_PLACES] = digits[:, _RANDOM_DIGITS]
        return texts_in(new, slice(0, UUID_LENGTH))

    def _shifted(self, before: Rows) -> Rows:
        """Return the digits of the time in version 7 ids, shifted; of others something that nobody needs."""
        times = np.zeros((len(before), 8), np.uint8)
        times[:, -_TIME_BYTES:] = rows_of(
            [unhexlify(before[:, _TIME_DIGITS].tobytes())], len(before) * _TIME_BYTES
        ).reshape(len(before), _TIME_BYTES)
        shifted = (times.view(">i8") + self._shift_ms) & _TIME_MASK
        shown = shifted.astype(">i8").view(np.uint8)[:, -_TIME_BYTES:].tobytes()
        return rows_of([hexlify(shown)], len(before) * 2 * _TIME_BYTES).reshape(len(before), -1)

    @property
    def mark(self) -> bytes:
        """Eight hex digits that are this loop's own: the first ones of each trace that it continues."""
        return self._keyed.hexdigest()[:8].encode()


def is_id(text: bytes) -> bool:
    """Say whether a text is a UUID in its usual form, in small or capital letters."""
    return _USUAL.fullmatch(text) is not None or _USUAL.fullmatch(text.lower()) is not None


def minted(old: UUID, run_id: str, loop: int, shift_ms: int = 0) -> UUID:
    """Return the id that stands for `old` in one loop of one run."""
    text = Mint(run_id, loop, shift_ms).text(str(old).encode())
    assert text is not None, "a UUID is written in its usual form"
    return UUID(text.decode())
