"""The places from which an account signed in before: what strangers do elsewhere does not slow its owner there."""

from datetime import datetime, timedelta
from typing import Final

from services.auth.insertions import Insertion, Shape, insert
from services.runtime.database import Connection, Pool, acquired

KEPT: Final = timedelta(days=180)
SWEEP_COUNT_MAX: Final = 10_000

_SHAPE: Final = Shape(
    "auth.known_places AS k (pacer_account, address_prefix, last_at)",
    ("text", "text", "timestamptz"),
    "ON CONFLICT (pacer_account, address_prefix) DO UPDATE SET last_at = greatest(k.last_at, EXCLUDED.last_at)",
)
_SWEEP: Final = """
DELETE FROM auth.known_places WHERE (pacer_account, address_prefix) IN (
    SELECT pacer_account, address_prefix FROM auth.known_places WHERE last_at <= $1 LIMIT $2)"""


async def remember(connection: Connection, pacer_account: str, address_prefix: str, at: datetime) -> None:
    """Note a whole sign-in (password, and factor where one is enrolled), inside the caller's transaction."""
    await insert(connection, remembering(pacer_account, address_prefix, at))


def remembering(pacer_account: str, address_prefix: str, at: datetime) -> Insertion:
    """Return what `remember` inserts, to go beside the rows of other tables."""
    return Insertion(_SHAPE, (pacer_account, address_prefix, at))


async def sweep(pool: Pool, now: datetime) -> None:
    """Forget places that were not used for half a year, a bounded number at a time."""
    async with acquired(pool) as connection:
        await connection.execute(_SWEEP, now - KEPT, SWEEP_COUNT_MAX)
