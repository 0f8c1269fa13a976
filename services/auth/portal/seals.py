"""What the pages sign and seal: form tokens against forged posts, and the proven pair between two pages of the walk.

All keys are derived from the form secret. Nothing is stored here; the clock is the caller's.
"""

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final

import orjson
from cryptography.fernet import Fernet, InvalidToken

from services.auth.portal.pairs import Pair
from services.auth.portal.ports import Session

PAIR_AGE_S_MAX: Final = 600
PAIR_COOKIE_BYTES_MAX: Final = 3800
_NONCE_BYTES: Final = 16


class Seals:
    """Tokens and sealed values of one deployment."""

    def __init__(self, form_secret: str) -> None:
        self._form_key = _derived(form_secret, b"portal form token")
        self._box = Fernet(base64.urlsafe_b64encode(_derived(form_secret, b"portal pair")))

    def token(self, subject: bytes) -> str:
        """Return the form token of a session (its token hash) or of a browser that has none yet (its nonce)."""
        return hmac.digest(self._form_key, subject, "sha256").hex()

    def fits(self, token: str, subject: bytes) -> bool:
        """Say whether a posted token is the subject's."""
        return hmac.compare_digest(self.token(subject), token if token.isascii() else "")

    def seal(self, pair: Pair, session: Session, court_id: str, *, now: datetime) -> str | None:
        """Return a cookie value that only this session and court can open; None where it would be too long for one."""
        facts = [
            session.token_hash.hex(),
            court_id,
            pair.form_token,
            pair.pacer_name,
            pair.cmecf_name,
            pair.cmecf_login,
        ]
        value = self._box.encrypt_at_time(orjson.dumps(facts), int(now.timestamp())).decode()
        return value if len(value) <= PAIR_COOKIE_BYTES_MAX else None

    def unseal(self, value: str, session: Session, court_id: str, *, now: datetime) -> Pair | None:
        """Return the pair; None when it is another session's or court's, was changed, or is older than ten minutes."""
        try:
            opened = self._box.decrypt_at_time(value.encode(), PAIR_AGE_S_MAX, int(now.timestamp()))
        except InvalidToken:
            return None
        owner, court, *facts = orjson.loads(opened)
        return Pair(*facts) if (owner, court) == (session.token_hash.hex(), court_id) else None


def new_nonce() -> str:
    """Return a random value for a browser that has no session."""
    return secrets.token_urlsafe(_NONCE_BYTES)


def _derived(secret: str, purpose: bytes) -> bytes:
    return hmac.digest(secret.encode(), purpose, "sha256")
