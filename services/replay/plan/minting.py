"""New ids for old ones, without memory: the same old id gives the same new id wherever it stands in a run.

So what refers to a record still refers to it after the replay, in every topic; each loop and each run has its own ids.
"""

import hashlib
import re
from typing import Final
from uuid import UUID

UUID_LENGTH: Final = 36
_USUAL: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_TIME_MASK: Final = (1 << 48) - 1
_DIGEST_BYTES: Final = 16
_SEVEN: Final = ord("7")


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
