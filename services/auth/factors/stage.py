"""How a session moves from stage to stage: each a compare-and-set on its row, so that two tabs move it once.

Coming to the full stage from one that owes something gives a new token: what was known of the old one opens nothing.
"""

from datetime import datetime
from typing import Final

from services.auth.portal.ports import Origin, Session, Stage
from services.auth.signon.sessions import digest, new_token
from services.runtime.database import Connection

_OPEN: Final = """
UPDATE auth.sessions SET token_hash = $3, stage = 'full', challenge = NULL, challenge_until = NULL
 WHERE token_hash = $1 AND stage = $2 RETURNING token_hash"""
_PUT_OFF: Final = """
UPDATE auth.sessions SET stage = 'full' WHERE token_hash = $1 AND stage = 'enrol-offered' RETURNING token_hash"""
_COUNT_SKIP: Final = """
UPDATE auth.pacer_accounts SET factor_skips = factor_skips + 1
 WHERE pacer_account = $1 AND factor_skips < $2 RETURNING factor_skips"""
_RESTRICT: Final = "UPDATE auth.sessions SET stage = 'restricted' WHERE token_hash = $1"

_KEEP_CHALLENGE: Final = """
UPDATE auth.sessions SET challenge = $2, challenge_until = $3 WHERE token_hash = $1 RETURNING token_hash"""
_SEE_CHALLENGE: Final = """
SELECT challenge, challenge_until FROM auth.sessions WHERE token_hash = $1 FOR UPDATE"""
_DROP_CHALLENGE: Final = "UPDATE auth.sessions SET challenge = NULL, challenge_until = NULL WHERE token_hash = $1"


async def opened(connection: Connection, session: Session, *stages: Stage) -> str | None:
    """Move a session from one of these stages to the full one and return its new token; None when it is at none."""
    for stage in stages:
        token = new_token(Origin.PAGES)
        if await connection.fetchval(_OPEN, session.token_hash, stage.value, digest(token)) is not None:
            return token
    return None


async def skip(connection: Connection, session: Session, skips_max: int) -> Stage | None:
    """Count a skip and return the stage reached; None when the session was not offered enrolment (any more)."""
    if await connection.fetchval(_PUT_OFF, session.token_hash) is None:
        return None
    if await connection.fetchval(_COUNT_SKIP, session.filer.pacer_account, skips_max) is not None:
        return Stage.FULL
    await connection.execute(_RESTRICT, session.token_hash)
    return Stage.RESTRICTED


async def keep_challenge(connection: Connection, session: Session, sealed: bytes, until: datetime) -> bool:
    """Keep the challenge of the passkey ceremony under way, the newest only; False when the session ended."""
    return await connection.fetchval(_KEEP_CHALLENGE, session.token_hash, sealed, until) is not None


async def take_challenge(connection: Connection, session: Session, now: datetime) -> bytes | None:
    """Take it, inside the caller's transaction: none a second time."""
    row = await connection.fetchrow(_SEE_CHALLENGE, session.token_hash)
    if row is None or row["challenge"] is None:
        return None
    await connection.execute(_DROP_CHALLENGE, session.token_hash)
    return row["challenge"] if row["challenge_until"] > now else None
