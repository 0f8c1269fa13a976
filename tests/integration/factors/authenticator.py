"""A passkey device in software, which can be told to lie: other origins, other hosts, counters that stand still."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_USER_PRESENT, _USER_VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One key (ES256). `count` is the counter of its next answer."""

    origin: str = "http://localhost"
    host: str = "localhost"
    count: int = 1
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer a registration."""
        client = self._client("webauthn.create", options)
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + self._public()
        told = {"fmt": "none", "attStmt": {}, "authData": self._data(_ATTESTED) + attested}
        return self._answer(clientDataJSON=client, attestationObject=cbor2.dumps(told))

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer a challenge."""
        client, data = self._client("webauthn.get", options), self._data()
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signed)

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _data(self, flags: int = 0) -> bytes:
        made = hashlib.sha256(self.host.encode()).digest()
        made += bytes([_USER_PRESENT | _USER_VERIFIED | flags]) + self.count.to_bytes(4)
        self.count += 1
        return made

    def _public(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})

    def _answer(self, **response: bytes) -> dict[str, Any]:
        name = encoded(self.credential_id)
        parts = {key: encoded(value) for key, value in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": parts, "clientExtensionResults": {}}


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
