"""The announcement of a court's go-live, as rows: whom to tell next, and that they were told. SQL alone.

Each filer once: the row in auth.announced, the notice in the outbox and the place reached are one transaction. Who has
linked by then is passed over, and who was told before, whatever becomes of the place.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from services.runtime.database import Connection

_OPEN: Final = """
SELECT court_id, live_at, old_way_until, last_canonical FROM auth.announcements
 WHERE finished_at IS NULL AND live_at <= $1 ORDER BY live_at, court_id"""

# Locked, so that a go-live ordered meanwhile waits, and no second process tells the same page.
_LOCK: Final = """
SELECT court_id, live_at, old_way_until, last_canonical FROM auth.announcements
 WHERE court_id = $1 AND finished_at IS NULL AND live_at <= $2 FOR UPDATE"""

_UNTOLD: Final = """
  FROM auth.cmecf_accounts AS a
 WHERE a.court_id = $1 AND a.status = 'active'
   AND NOT EXISTS (SELECT FROM auth.links AS l WHERE (l.court_id, l.cmecf_canonical) = (a.court_id, a.cmecf_canonical))
   AND NOT EXISTS (
       SELECT FROM auth.announced AS t WHERE (t.court_id, t.cmecf_canonical) = (a.court_id, a.cmecf_canonical))"""
_ADDRESSED: Final = "AND coalesce(a.email, '') <> ''"
_NEXT: Final = f"""
SELECT a.cmecf_canonical, a.login, a.name, a.email {_UNTOLD} {_ADDRESSED}
   AND a.cmecf_canonical > $2 ORDER BY a.cmecf_canonical LIMIT $3"""

_TELL: Final = """
INSERT INTO auth.announced (court_id, cmecf_canonical, notice_id, told_at)
SELECT $1, given.cmecf_canonical, given.notice_id, $2
  FROM unnest($3::text[], $4::uuid[]) AS given (cmecf_canonical, notice_id)
    ON CONFLICT DO NOTHING RETURNING notice_id"""
_REACH: Final = """
UPDATE auth.announcements SET last_canonical = $2, told = told + $3 WHERE court_id = $1"""
_FINISH: Final = f"""
UPDATE auth.announcements
   SET last_canonical = '', finished_at = $2, without_address = (
       SELECT count(*) {_UNTOLD} AND coalesce(a.email, '') = '')
 WHERE court_id = $1"""  # noqa: S608 - constants

# Accounts that were imported, or got an address, after their court's filers had been told.
_REOPEN: Final = f"""
UPDATE auth.announcements AS n SET finished_at = NULL, last_canonical = ''
 WHERE n.finished_at IS NOT NULL AND n.live_at > $1
   AND EXISTS (SELECT {_UNTOLD.replace("$1", "n.court_id")} {_ADDRESSED})
RETURNING n.court_id"""  # noqa: S608 - constants


# A second order tells nobody twice: it moves what has not begun, and finds whom the first did not.
_ORDER: Final = """
INSERT INTO auth.announcements (court_id, live_at, old_way_until, asked_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (court_id) DO UPDATE
   SET live_at = EXCLUDED.live_at, old_way_until = EXCLUDED.old_way_until, asked_at = EXCLUDED.asked_at,
       last_canonical = '', finished_at = NULL"""
_WITHDRAW: Final = "DELETE FROM auth.announcements WHERE court_id = $1"
_PROGRESS: Final = f"""
SELECT n.live_at, n.old_way_until, n.asked_at, n.finished_at,
       (SELECT count(*) FROM auth.announced AS t WHERE t.court_id = $1) AS told,
       (SELECT count(*) {_UNTOLD} {_ADDRESSED}) AS left_to_tell,
       (SELECT count(*) {_UNTOLD} AND coalesce(a.email, '') = '') AS without_address
  FROM (SELECT) AS one LEFT JOIN auth.announcements AS n ON n.court_id = $1"""  # noqa: S608 - constants
_WITHOUT_ADDRESS: Final = f"""
SELECT a.login, a.name {_UNTOLD} AND coalesce(a.email, '') = '' ORDER BY a.cmecf_canonical LIMIT $2"""


class Announcement(NamedTuple):
    """A court's announcement under way; `last_canonical` is the last CM/ECF login that this pass has reached."""

    court_id: str
    live_at: datetime
    old_way_until: datetime | None
    last_canonical: str


class Progress(NamedTuple):
    """How far a court's announcement is. The first four are None where none was ordered."""

    live_at: datetime | None
    old_way_until: datetime | None
    asked_at: datetime | None
    finished_at: datetime | None
    told: int
    left_to_tell: int
    without_address: int


class Filer(NamedTuple):
    """One CM/ECF account that is not linked and was not told."""

    cmecf_canonical: str
    login: str
    name: str
    email: str


async def under_way(connection: Connection, now: datetime) -> list[str]:
    """Return the courts whose filers are to be told now, those live longest first."""
    return [row["court_id"] for row in await connection.fetch(_OPEN, now)]


async def locked(connection: Connection, court_id: str, now: datetime) -> Announcement | None:
    """Return an announcement for this transaction alone; None where it is finished or put off."""
    row = await connection.fetchrow(_LOCK, court_id, now)
    return None if row is None else Announcement(*row.values())


async def page(connection: Connection, announcement: Announcement, count_max: int) -> list[Filer]:
    """Return whom to tell next, by login; fewer than asked: the pass is at its end."""
    rows = await connection.fetch(_NEXT, announcement.court_id, announcement.last_canonical, count_max)
    return [Filer(*row.values()) for row in rows]


async def tell(
    connection: Connection, announcement: Announcement, told: Sequence[tuple[str, UUID]], now: datetime
) -> set[UUID]:
    """Note who is told, as (canonical login, notice id); return the notices of those who were not told before."""
    logins, ids = [login for login, _ in told], [notice_id for _, notice_id in told]
    rows = await connection.fetch(_TELL, announcement.court_id, now, logins, ids)
    return {row["notice_id"] for row in rows}


async def reach(connection: Connection, court_id: str, last_canonical: str, told: int) -> None:
    """Note how far a pass is."""
    await connection.execute(_REACH, court_id, last_canonical, told)


async def finish(connection: Connection, court_id: str, now: datetime) -> None:
    """Note that a pass is at its end, and how many could not be told for want of an address."""
    await connection.execute(_FINISH, court_id, now)


async def reopen(connection: Connection, live_after: datetime) -> list[str]:
    """Take up again the courts, live since then, that have new filers to tell; return them."""
    return [row["court_id"] for row in await connection.fetch(_REOPEN, live_after)]


async def order(
    connection: Connection, court_id: str, live_at: datetime, old_way_until: datetime | None, now: datetime
) -> None:
    """Order that a court's filers are told once it is live."""
    await connection.execute(_ORDER, court_id, live_at, old_way_until, now)


async def withdraw(connection: Connection, court_id: str) -> bool:
    """Tell nobody more of a court's filers; return whether that had been ordered."""
    return await connection.execute(_WITHDRAW, court_id) != "DELETE 0"


async def progress(connection: Connection, court_id: str) -> Progress:
    """Return how far a court's announcement is."""
    row = await connection.fetchrow(_PROGRESS, court_id)
    assert row is not None, "the query has one row"
    return Progress(*row.values())


async def without_address(connection: Connection, court_id: str, count_max: int) -> list[dict[str, str]]:
    """Return login and name of filers who cannot be told, as nobody gave an address for them."""
    return [dict(row) for row in await connection.fetch(_WITHOUT_ADDRESS, court_id, count_max)]
