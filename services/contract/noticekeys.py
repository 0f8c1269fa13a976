"""The notifier's keys, and sealing to them: HPKE (RFC 9180) with X25519, HKDF-SHA256 and AES-128-GCM.

Auth seals with the public half of the current key; the notifier opens with the private half. No I/O.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from services.contract.keylines import parse_key_lines

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
_CODE: Final = b"ecflink notice code:"


class CannotUnseal(Exception):
    """What was sealed cannot be opened. The message names the key, never what was sealed."""


@dataclass(frozen=True)
class NoticeKey:
    """The public half of a key: its id and its 32 bytes."""

    key_id: str
    public_key: bytes

    def seal(self, content: bytes, info: bytes) -> str:
        """Return `<key id>:<base64>`. `info` binds the content to its place: opening it elsewhere fails."""
        sealed = _SUITE.encrypt(content, X25519PublicKey.from_public_bytes(self.public_key), info)
        return f"{self.key_id}:{b64encode(sealed).decode()}"


@dataclass(frozen=True)
class NoticeKeys:
    """Private keys by id, in the order they were given: the first one is current."""

    keys: Mapping[str, X25519PrivateKey] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "NoticeKeys":
        """Read `key-id:64 hex digits` lines. Raises ValueError naming the line, never its secret."""
        found = parse_key_lines(text, "NOTICE_KEYS")
        return cls({key_id: X25519PrivateKey.from_private_bytes(key) for key_id, key in found.items()})

    @property
    def public(self) -> list[NoticeKey]:
        """The public halves, the current one first."""
        return [NoticeKey(key_id, key.public_key().public_bytes_raw()) for key_id, key in self.keys.items()]

    @property
    def current(self) -> NoticeKey:
        """The public half of the current key."""
        return self.public[0]

    def unseal(self, sealed: str, info: bytes) -> bytes:
        """Return what was sealed. Raises CannotUnseal with the next step."""
        key_id, _, encoded = sealed.partition(":")
        key = self.keys.get(key_id)
        if key is None:
            message = f"sealed to key {key_id[:32]!r}, which is not in NOTICE_KEYS: give the notifier that key too"
            raise CannotUnseal(message)
        try:
            return _SUITE.decrypt(b64decode(encoded, validate=True), key, info)
        except (InvalidTag, ValueError):
            message = f"sealed to key {key_id!r}, but not by that key or not for this place"
            raise CannotUnseal(message) from None


def code_info(notice_id: UUID) -> bytes:
    """Return what binds a sealed code to its notice."""
    return _CODE + notice_id.bytes
