"""The confirm form's token: what was proven, signed, bound to the session; the request id is minted here.

So a double click, the back button and a retry all carry the same id, and no id can be chosen by a client.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from services.auth.portal.ports import FormStale, Session

# The linker holds a request against the same limit.
AGE_MAX: Final = timedelta(minutes=10)
TOKEN_CHARACTERS_MAX: Final = 4096
_SALT: Final = "ecflink: confirm a link"


class Proven(BaseModel):
    """What a confirm form stands for."""

    model_config = ConfigDict(frozen=True)

    request_id: UUID
    court_id: str
    pacer_account: str
    cmecf_canonical: str
    verifier: str
    verified_at: AwareDatetime
    session: str


class Forms:
    """Signs and reads the tokens."""

    def __init__(self, form_secret: bytes) -> None:
        self._serializer = URLSafeSerializer(
            form_secret, salt=_SALT, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
        )

    def write(self, proven: Proven) -> str:
        """Return the token."""
        return str(self._serializer.dumps(proven.model_dump(mode="json")))

    def read(self, token: str, session: Session, court_id: str) -> Proven:
        """Return what a token stands for. Raises FormStale unless it is ours, unchanged, of this session and court."""
        if len(token) > TOKEN_CHARACTERS_MAX:
            raise FormStale
        try:
            proven = Proven.model_validate(self._serializer.loads(token))
        except (BadData, ValidationError, UnicodeEncodeError):
            raise FormStale from None
        if (proven.session, proven.court_id, proven.pacer_account) != (
            bound(session),
            court_id,
            session.filer.pacer_account,
        ):
            raise FormStale
        return proven


def bound(session: Session) -> str:
    """Return what ties a token to a session without giving the session's own hash away."""
    return hashlib.sha256(b"form" + session.token_hash).hexdigest()


def fresh(proven: Proven, now: datetime) -> bool:
    """Say whether a proof may still be confirmed. One from the future (another clock) is as stale as an old one."""
    return timedelta(0) <= now - proven.verified_at <= AGE_MAX
