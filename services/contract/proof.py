"""The proof: HMAC-SHA256 over the exact bytes of a request's value, so that no one but auth can make a request.

The linker verifies with every key of its ring; auth signs with the first.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.contract.keylines import parse_key_lines


class UnknownKey(Exception):
    """The proof names a key that this ring does not hold: not garbage, but a key that must be supplied."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"proof key {key_id!r} is not in PROOF_KEYS")
        self.key_id = key_id


@dataclass(frozen=True)
class KeyRing:
    """Proof keys by id, 32 bytes each, in the order they were given: the first one signs."""

    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str, setting: str = "PROOF_KEYS") -> "KeyRing":
        """Read `key-id:64 hex digits` lines. Raises ValueError naming setting and line, never a secret."""
        return cls(parse_key_lines(text, setting))

    @property
    def signing_key_id(self) -> str:
        """The id of the key that signs."""
        return next(iter(self.keys))

    def sign(self, value: bytes) -> bytes:
        """Return the `proof` header for a value: `<key id>:<hex>`."""
        key_id = self.signing_key_id
        return f"{key_id}:{hmac.digest(self.keys[key_id], value, 'sha256').hex()}".encode()

    def verifies(self, proof: bytes, value: bytes) -> bool:
        """Say whether a proof header belongs to exactly these bytes. Raises UnknownKey for a key not in the ring."""
        key_id, _, digest = proof.decode("ascii", "replace").partition(":")
        key = self.keys.get(key_id)
        if key is None:
            raise UnknownKey(key_id[:64])
        return hmac.compare_digest(hmac.digest(key, value, "sha256").hex(), digest)
