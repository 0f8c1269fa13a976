"""The security code by e-mail: who can read the account's mail may enrol a factor, in this session, for a while.

The code itself leaves only encrypted to the notifier's key; here its digest stays. Once it was entered, the digest of
the session stands in its place: that is the permit.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from uuid_utils.compat import uuid7

from services.auth.joint import Joint
from services.auth.portal.ports import Client, Session
from services.auth.security.acts import Act, note
from services.auth.signon.sessions import digest
from services.contract.notices import FilerNotified, NoticeKind
from services.runtime.database import Connection, acquired

DIGITS: Final = 8
TRY_COUNT_MAX: Final = 5
SENT_COUNT_MAX: Final = 3
SENT_WITHIN: Final = timedelta(hours=1)
PERMIT_AGE_MAX: Final = timedelta(minutes=15)

# The newest counts. The row also makes senders of one account follow one another, so that the count below is right.
_KEEP: Final = """
INSERT INTO auth.security_codes (pacer_account, digest, tries, sent_at, expires_at, taken_at)
VALUES ($1, $2, 0, $3, $4, NULL)
ON CONFLICT (pacer_account) DO UPDATE
   SET digest = excluded.digest, tries = 0, sent_at = excluded.sent_at, expires_at = excluded.expires_at,
       taken_at = NULL"""
_SENT: Final = """
SELECT count(*) AS count, min(at) AS first_at FROM auth.security_acts
 WHERE pacer_account = $1 AND act = $2 AND at > $3"""
_TRY: Final = """
UPDATE auth.security_codes SET tries = tries + 1
 WHERE pacer_account = $1 AND taken_at IS NULL AND expires_at > $2 AND tries < $3 RETURNING digest, tries"""
_TAKE: Final = """
UPDATE auth.security_codes SET taken_at = $3, digest = $4
 WHERE pacer_account = $1 AND digest = $2 AND taken_at IS NULL RETURNING taken_at"""
_LIVE: Final = """
SELECT expires_at, tries FROM auth.security_codes WHERE pacer_account = $1 AND taken_at IS NULL AND expires_at > $2"""
_MOVE_PERMIT: Final = "UPDATE auth.security_codes SET digest = $3 WHERE pacer_account = $1 AND digest = $2"
_PERMIT: Final = "SELECT digest FROM auth.security_codes WHERE pacer_account = $1 AND taken_at > $2"


class TooManyCodes(Exception):
    """Three codes were sent within an hour; the next can be sent at `again_at`."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(f"the next code can be sent at {again_at:%H:%M} UTC")
        self.again_at = again_at


@dataclass(frozen=True)
class SecurityCodes:
    """Sends codes, takes them, and says who may enrol."""

    joint: Joint

    async def send(self, session: Session, client: Client) -> None:
        """Mail a new code, which ends the one before. Raises TooManyCodes, or Transient without Postgres."""
        filer, now, notice_id = session.filer, self.joint.clock(), uuid7()
        code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
        expires_at = now + timedelta(seconds=self.joint.settings.security_code_s)
        notice = FilerNotified(
            notice_id=notice_id,
            kind=NoticeKind.SECURITY_CODE,
            recipient_name=filer.name,
            recipient_email=filer.email,
            noted_at=now,
            pacer_account=filer.pacer_account,
            sealed_code=await self.joint.notices.seal_code(code, notice_id),
            expires_at=expires_at,
        )
        kept = self.joint.factors.seal.code_digest(filer.pacer_account, code)
        async with acquired(self.joint.pool) as connection, connection.transaction():
            await connection.execute(_KEEP, filer.pacer_account, kept, now, expires_at)
            await _bounded(connection, filer.pacer_account, now)
            await note(connection, Act.SECURITY_CODE_SENT, now, pacer_account=filer.pacer_account, client=client)
            await self.joint.notices.put(connection, notice)
        self.joint.notices.wake()

    async def live_until(self, session: Session) -> datetime | None:
        """Return until when the code that was sent is good; None when there is none, or it was tried too often."""
        async with acquired(self.joint.pool) as connection:
            row = await connection.fetchrow(_LIVE, session.filer.pacer_account, self.joint.clock())
        return None if row is None or row["tries"] >= TRY_COUNT_MAX else row["expires_at"]

    async def enter(self, session: Session, code: str) -> bool:
        """Take a code: True when it is the live one. Five wrong tries end it."""
        account, seal, now = session.filer.pacer_account, self.joint.factors.seal, self.joint.clock()
        typed = seal.code_digest(account, code)
        async with acquired(self.joint.pool) as connection, connection.transaction():
            row = await connection.fetchrow(_TRY, account, now, TRY_COUNT_MAX)
            if row is None or not hmac.compare_digest(row["digest"], typed):
                return False
            permit = seal.permit_digest(account, session.token_hash)
            return await connection.fetchval(_TAKE, account, typed, now, permit) is not None

    async def permitted(self, connection: Connection, session: Session) -> bool:
        """Say whether this very session entered its code within the last quarter of an hour."""
        account = session.filer.pacer_account
        kept = await connection.fetchval(_PERMIT, account, self.joint.clock() - PERMIT_AGE_MAX)
        permit = self.joint.factors.seal.permit_digest(account, session.token_hash)
        return kept is not None and hmac.compare_digest(kept, permit)

    async def move_permit(self, connection: Connection, session: Session, token: str) -> None:
        """Let the permit of a session go with it to its new token."""
        account, seal = session.filer.pacer_account, self.joint.factors.seal
        old, new = (seal.permit_digest(account, known) for known in (session.token_hash, digest(token)))
        await connection.execute(_MOVE_PERMIT, account, old, new)


async def _bounded(connection: Connection, pacer_account: str, now: datetime) -> None:
    row = await connection.fetchrow(_SENT, pacer_account, Act.SECURITY_CODE_SENT.value, now - SENT_WITHIN)
    if row is not None and row["count"] >= SENT_COUNT_MAX:
        raise TooManyCodes(row["first_at"] + SENT_WITHIN)
