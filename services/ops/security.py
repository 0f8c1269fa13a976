"""`ecflink security`: the record of security acts, newest first."""

from datetime import UTC, datetime
from typing import Final

import orjson
from cyclopts import App

from services.auth.security.acts import Act
from services.ops.arguments import Count, Json, Text
from services.ops.inquiry import look_up
from services.runtime.screen import show

_COLUMNS: Final = ("at", "act", "pacer_account", "court_id", "address_prefix", "detail")
_ACTS: Final = """
SELECT a.at, a.act, a.pacer_account, a.court_id, a.address_prefix, a.detail::text AS detail
  FROM auth.security_acts AS a
 WHERE ($1::text IS NULL OR a.pacer_account = $1
        OR a.pacer_account = (SELECT p.pacer_account FROM auth.pacer_accounts AS p WHERE p.login = $1))
   AND ($2::text IS NULL OR a.act = $2)
   AND ($3::timestamptz IS NULL OR a.at >= $3)
 ORDER BY a.id DESC LIMIT $4"""

app = App(name="security", help="What was done to accounts: sign-ins, factors, sessions, passwords, confirmed links.")


@app.command(name="list")
def list_acts(
    *,
    account: Text | None = None,
    act: Act | None = None,
    since: datetime | None = None,
    count: Count = 100,
    json: Json = False,
) -> int:
    """List security acts, newest first.

    Parameters
    ----------
    account
        Only of this PACER account number or login.
    act
        Only of this kind.
    since
        Only from this moment on, for example 2026-11-25 or 2026-11-25T09:30; in UTC unless it says otherwise.
    """
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    rows = look_up(_ACTS, account, act.value if act else None, since, count)
    shown = [dict(row) | {"detail": orjson.loads(row["detail"]) if json else _told(row["detail"])} for row in rows]
    show(shown, columns=_COLUMNS, json=json, empty="no such act")
    return 0


def _told(detail: str) -> str:
    return ", ".join(f"{name}={value}" for name, value in orjson.loads(detail).items())
