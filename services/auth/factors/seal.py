"""What the factor secret protects: seeds and challenges encrypted, codes kept as digests, accounts as user handles.

Each purpose has its own key (HKDF-SHA256), so that a value of one is worth nothing as another.
"""

import base64
import hmac
from typing import Final
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES: Final = 32
_CHALLENGE_PURPOSES: Final = ("enrol", "sign-in", "prove")


class FactorSeal:
    """Encrypts and digests under keys that are derived from FACTOR_SECRET."""

    def __init__(self, secret: str) -> None:
        self._seeds = Fernet(base64.urlsafe_b64encode(_derived(secret, b"totp seed")))
        self._challenges = Fernet(base64.urlsafe_b64encode(_derived(secret, b"passkey challenge")))
        self._backup_key = _derived(secret, b"backup code")
        self._code_key = _derived(secret, b"security code")
        self._permit_key = _derived(secret, b"enrolment permit")
        self._handle_key = _derived(secret, b"passkey user handle")

    def close_seed(self, factor_id: UUID, seed: str) -> bytes:
        """Return a TOTP seed encrypted, bound to its row."""
        return self._seeds.encrypt(factor_id.bytes + seed.encode())

    def open_seed(self, factor_id: UUID, sealed: bytes) -> str | None:
        """Return the seed; None when it is another row's or was sealed under another FACTOR_SECRET."""
        opened = _opened(self._seeds, sealed, factor_id.bytes)
        return None if opened is None else opened.decode()

    def close_challenge(self, purpose: str, challenge: bytes) -> bytes:
        """Return the challenge of a passkey ceremony encrypted; an answer to another kind of ceremony cannot use it."""
        assert purpose in _CHALLENGE_PURPOSES, purpose
        return self._challenges.encrypt(_label(purpose) + challenge)

    def open_challenge(self, purpose: str, sealed: bytes) -> bytes | None:
        """Return the challenge; None when it belongs to another kind of ceremony."""
        return _opened(self._challenges, sealed, _label(purpose))

    def backup_digest(self, pacer_account: str, code: str) -> bytes:
        """Return how a backup code is kept."""
        return _digest(self._backup_key, pacer_account, code.encode())

    def code_digest(self, pacer_account: str, code: str) -> bytes:
        """Return how an e-mailed security code is kept."""
        return _digest(self._code_key, pacer_account, code.encode())

    def permit_digest(self, pacer_account: str, token_hash: bytes) -> bytes:
        """Return what stands in the code's place once it was entered: the session that entered it may enrol."""
        return _digest(self._permit_key, pacer_account, token_hash)

    def user_handle(self, pacer_account: str) -> bytes:
        """Return the account's name inside a passkey, which tells nobody the account number."""
        return hmac.digest(self._handle_key, pacer_account.encode(), "sha256")


def _derived(secret: str, purpose: bytes) -> bytes:
    info = b"ecflink second factor: " + purpose
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(secret.encode())


def _digest(key: bytes, pacer_account: str, what: bytes) -> bytes:
    # An account number has digits alone, so the separator leaves one reading.
    return hmac.digest(key, pacer_account.encode() + b":" + what, "sha256")


def _label(purpose: str) -> bytes:
    return purpose.encode() + b":"


def _opened(box: Fernet, sealed: bytes, label: bytes) -> bytes | None:
    try:
        opened = box.decrypt(sealed)
    except InvalidToken:
        return None
    return opened.removeprefix(label) if opened.startswith(label) else None
