"""`ecflink links`: the links that stand, and the court's order that ends one."""

import asyncio
from typing import Final

from cyclopts import App

from services.contract.ids import FIRST_TRANSACTION_ID
from services.contract.transactions import LinkTransaction
from services.ops.arguments import By, Count, Json, Text
from services.ops.inquiry import look_up
from services.ops.links_end import EndSettings, NotEnded, Order, end
from services.runtime.screen import say, show, warn
from services.runtime.settings import load

_COLUMNS: Final = ("court_id", "pacer_account", "cmecf_canonical", "transaction_id", "linked_at")
# A transaction id leads to its ledger row: partitions take turns.
_LINKS: Final = """
SELECT k.court_id, k.pacer_account, k.cmecf_canonical, k.transaction_id, l.committed_at AS linked_at, l.value
  FROM linker.links AS k
 CROSS JOIN (SELECT max(partition_count) AS total FROM linker.position) AS n
  LEFT JOIN linker.ledger AS l
    ON l.partition = (k.transaction_id - $1) % n.total AND l.seq = (k.transaction_id - $1) / n.total + 1
 WHERE ($2::text IS NULL OR k.court_id = $2)
   AND ($3::text IS NULL OR k.pacer_account = $3 OR k.cmecf_canonical = $3 OR k.cmecf_canonical = lower($3))
 ORDER BY k.court_id, k.pacer_account LIMIT $4"""

app = App(name="links", help="The links that stand, and ending one by order of the court.")


@app.command(name="list")
def list_links(
    *, court: Text | None = None, account: Text | None = None, count: Count = 100, json: Json = False
) -> int:
    """List active links.

    Parameters
    ----------
    court
        Only this court, for example UTBK.
    account
        Only this PACER account number or CM/ECF login.
    """
    rows = look_up(_LINKS, FIRST_TRANSACTION_ID, court and court.upper(), account, count)
    shown = [{name: row[name] for name in _COLUMNS} for row in rows]
    show(shown, columns=_COLUMNS, json=json, empty="no link stands")
    return 0


@app.command(name="show")
def show_link(court: Text, account: Text, /, *, json: Json = False) -> int:
    """Show the active link of a PACER account number or a CM/ECF login at a court."""
    rows = look_up(_LINKS, FIRST_TRANSACTION_ID, court.upper(), account, 2)
    if not rows:
        warn(f"no link of {account!r} stands at {court.upper()!r}: see `ecflink links list` and `transactions list`")
        return 1
    shown = [{name: row[name] for name in _COLUMNS} | _people(row["value"]) for row in rows]
    show(shown, columns=list(shown[0]), json=json)
    return 0


@app.command(name="end")
def end_link(court: Text, login: Text, /, *, reason: Text, by: By) -> int:
    """End the link of a CM/ECF login by order of the court: a request like any other, recorded and mailed to both.

    Parameters
    ----------
    reason
        Why the court orders it; stands in the ledger and in the mails.
    """
    order = Order(court_id=court.upper(), login=login, reason=reason, ordered_by=by)
    try:
        request_id = asyncio.run(end(load(EndSettings), order))
    except NotEnded as fault:
        warn(str(fault))
        return 1
    say(f"received as request {request_id}; `ecflink transactions show {request_id}` shows what became of it")
    return 0


def _people(value: bytes | None) -> dict[str, object]:
    if value is None:
        return {}
    request = LinkTransaction.model_validate_json(value).request
    return {"pacer_name": request.pacer_name, "cmecf_login": request.cmecf_login, "cmecf_name": request.cmecf_name}
