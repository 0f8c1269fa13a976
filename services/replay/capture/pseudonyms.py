"""Pseudonyms: for the same key the same original has the same one, in every topic and in keys too. Pure.

They are HMAC-SHA256 of the original, shaped so that the contract's models take them. Mail goes to `example.org`.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Final
from uuid import UUID

from services.replay.capture.permutation import Permutation
from services.replay.capture.personal import Kind
from services.replay.outcome import Unusable

CACHE_COUNT_MAX: Final = 200_000
UNKNOWN: Final = "unknown:"
"""Before the hash that stands for a name which no account has."""
_KEY: Final = re.compile(r"^[0-9a-f]{64}$")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_LOGIN_LETTERS: Final = 16
_HIGH_V4: Final = 240 << 24
_DOCUMENTATION_V6: Final = 0x3FFF << 112


class Pseudonyms:
    """The pseudonyms under one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._permutations = {digits: Permutation(key, digits) for digits in (6, 7)}
        self._made: dict[Kind, Callable[[str], str]] = {
            Kind.NAME: lambda name: f"Filer {self._hex(b'name', name, 12)}",
            Kind.MAIL: lambda mail: f"filer-{self._hex(b'mail', mail, 16)}@example.org",
            Kind.LOGIN: self._login,
            Kind.ACCOUNT: self._account,
            Kind.ADDRESS: self._address,
            Kind.TEXT: lambda text: f"redacted {self._hex(b'text', text, 12)}",
            Kind.CODE: self._code,
            Kind.DERIVED_ID: self._id,
        }
        self.of = lru_cache(CACHE_COUNT_MAX)(self._of)

    @property
    def policy(self) -> str:
        """What a manifest says of the redaction: the way, and a fingerprint of the key that does not give it away."""
        return f"keyed pseudonyms 1, key {self._digest(b'fingerprint', '').hex()[:12]}"

    def _of(self, kind: Kind, original: str) -> str:
        """Return the pseudonym of a text of one kind."""
        return self._made[kind](original)

    def _digest(self, purpose: bytes, original: str) -> bytes:
        return hmac.digest(self._key, purpose + b"\0" + original.encode(), "sha256")

    def _hex(self, purpose: bytes, original: str, digits: int) -> str:
        return self._digest(purpose, original).hex()[:digits]

    def _login(self, login: str) -> str:
        """Two logins that differ in case alone have pseudonyms that do so too: some courts take them for one."""
        if login.startswith(UNKNOWN):
            return UNKNOWN + self._hex(b"unknown", login, 32)
        folded = login.casefold()
        word = "".join([_LETTERS[byte % 26] for byte in self._digest(b"login", folded)[:_LOGIN_LETTERS]])
        if login == folded:
            return word
        raised = int.from_bytes(self._digest(b"case", login)[:2]) or 1
        return "".join([each.upper() if raised >> place & 1 else each for place, each in enumerate(word)])

    def _account(self, account: str) -> str:
        permutation = self._permutations.get(len(account))
        if permutation is None or not account.isdigit():
            raise ValueError("an account number has 6 or 7 digits")
        return str(permutation.of(int(account))).zfill(len(account))

    def _address(self, prefix: str) -> str:
        """An IPv4 prefix goes to 240.0.0.0/4, which nobody has; any other text to 3fff::/20 (RFC 9637)."""
        digest = int.from_bytes(self._digest(b"address", prefix)[:8])
        if "." in prefix and ":" not in prefix:
            return str(IPv4Network((_HIGH_V4 | digest % 2**20 << 8, 24)))
        return str(IPv6Network((_DOCUMENTATION_V6 | digest % 2**36 << 72, 56)))

    def _code(self, sealed: str) -> str:
        return "redacted:" + b64encode(self._digest(b"code", sealed)).decode()

    def _id(self, original: str) -> str:
        return str(UUID(bytes=self._digest(b"id", original)[:16], version=5))


def read_key(path: Path) -> bytes:
    """Read the key of the pseudonyms: 64 hex digits in a file. Raises Unusable, without what stands there."""
    make = f"`openssl rand -hex 32 > {path}` makes one"
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"--redact: {path} cannot be read: {type(error).__name__}; {make}") from None
    if not _KEY.match(text):
        raise Unusable(f"--redact: {path} does not hold 64 lower-case hex digits; {make}")
    return bytes.fromhex(text)
