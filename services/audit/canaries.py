"""Planted secrets: in which forms each is looked for, and the search itself. A secret is never printed.

Who plants them signs in with them, enrols with them, lets codes be mailed; then none may be found where it must not be.
"""

import html
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

LENGTH_MIN: Final = 8
COUNT_MAX: Final = 1_000
_LENGTH_MAX: Final = 4_000
_SHOWN_DIGITS: Final = 8


class BadCanaries(Exception):
    """The file of canaries cannot be used; the message says which line and why, without the secret."""


@dataclass(frozen=True)
class Canary:
    """One secret. Its name is its line and a hash."""

    number: int
    secret: str = field(repr=False)

    @property
    def name(self) -> str:
        """How it is told: `#3 (sha256 1a2b3c4d)`."""
        return f"#{self.number} (sha256 {sha256(self.secret.encode()).hexdigest()[:_SHOWN_DIGITS]})"

    @property
    def is_code(self) -> bool:
        """Whether it looks like a one-time code, which one mail may hold: that to its owner."""
        return self.secret.isascii() and self.secret.isdigit()

    def forms(self) -> set[bytes]:
        """Return the bytes that a secret becomes on its ways: as it is, escaped, encoded."""
        secret = self.secret
        raw = secret.encode()
        texts = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), html.escape(secret)}
        texts |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
        texts |= {raw.hex(), raw.hex().upper()}
        # A form may write its percent signs with small letters.
        texts |= {quote(secret, safe="").lower()} if "%" in quote(secret, safe="") else set()
        wide = {secret.encode("utf-16-le"), secret.encode("utf-16-be")}
        return {text.encode() for text in texts} | wide | set(_base64(raw))


def _base64(raw: bytes) -> Iterator[bytes]:
    """Yield the part of base64 that a secret fixes at each of three alignments, in both alphabets."""
    for before in range(3):
        encoded = b64encode(bytes(before) + raw).rstrip(b"=")
        # The first characters hold bits of what comes before, the last one may hold bits of what comes after.
        first = (before * 8 + 5) // 6
        whole = (before + len(raw)) * 8 // 6
        part = encoded[first:whole]
        yield part
        yield part.translate(bytes.maketrans(b"+/", b"-_"))


class Search:
    """Looks for every form of every canary."""

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self.canaries = tuple(canaries)
        self._forms = [(canary, sorted(canary.forms())) for canary in self.canaries]
        self._overlap = max((len(form) for _, forms in self._forms for form in forms), default=1) - 1

    def within(self, content: bytes) -> list[Canary]:
        """Return the canaries that stand in some bytes."""
        return [canary for canary, forms in self._forms if any(form in content for form in forms)]

    def through(self, chunks: Iterable[bytes]) -> list[Canary]:
        """Return the canaries that stand in a stream, also across the seams of its chunks."""
        found: dict[int, Canary] = {}
        tail = b""
        for chunk in chunks:
            window = tail + chunk
            found |= {canary.number: canary for canary in self.within(window)}
            tail = window[-self._overlap :] if self._overlap else b""
        return [found[number] for number in sorted(found)]


def read_canaries(path: Path) -> list[Canary]:
    """Read one secret a line; empty lines are passed over. Raises BadCanaries."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadCanaries(f"{path} cannot be read as text: {type(error).__name__}") from None
    canaries = [Canary(number, line) for number, line in enumerate(lines, start=1) if line]
    for canary in canaries:
        if not LENGTH_MIN <= len(canary.secret) <= _LENGTH_MAX:
            raise BadCanaries(
                f"{path} line {canary.number} has {len(canary.secret)} characters: plant secrets of {LENGTH_MIN} to "
                f"{_LENGTH_MAX}, as shorter ones are found by chance"
            )
    if not 0 < len(canaries) <= COUNT_MAX:
        raise BadCanaries(f"{path} holds {len(canaries)} secrets: give 1 to {COUNT_MAX}, one a line")
    return canaries
