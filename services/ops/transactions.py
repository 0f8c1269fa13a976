"""`ecflink transactions`: the ledger, newest first, and all that is known of one transaction."""

from collections.abc import Mapping
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from cyclopts import App

from services.contract.ids import FIRST_TRANSACTION_ID
from services.ops.arguments import Count, Json, Text
from services.ops.inquiry import look_up
from services.runtime.screen import show, warn

_FACTS: Final = ("status", "reason", "cites")
_REQUEST: Final = ("court_id", "pacer_account", "cmecf_login", "request")
_COLUMNS: Final = ("transaction_id", "committed_at", *_REQUEST, *_FACTS)
# Each partition gives its newest rows; the ledger's primary key leads there without a scan.
_LIST: Final = """
SELECT l.transaction_id, l.committed_at, l.value
  FROM linker.position AS p
 CROSS JOIN LATERAL (
       SELECT transaction_id, committed_at, value FROM linker.ledger AS l
        WHERE l.partition = p.partition
          AND ($1::text IS NULL OR starts_with(convert_from(l.key, 'UTF8'), $1 || ':'))
          AND ($2::text IS NULL OR convert_from(l.key, 'UTF8') LIKE '%:' || $2)
          AND ($3::text IS NULL OR convert_from(l.value, 'UTF8')::jsonb ->> 'status' = $3)
        ORDER BY seq DESC LIMIT $4) AS l
 ORDER BY l.committed_at DESC, l.transaction_id DESC LIMIT $4"""
_ONE: Final = """
SELECT l.transaction_id, l.partition, l.seq, l.request_offset, l.request_source, l.committed_at, l.hash, l.value
  FROM linker.ledger AS l
 WHERE l.request_id = $1
    OR (l.partition, l.seq) = (
       SELECT ($2::bigint - $3::bigint) % max(partition_count), ($2::bigint - $3::bigint) / max(partition_count) + 1
         FROM linker.position)"""
_LETTERS: Final = """
SELECT letter, state, attempts, changed_at FROM notifier.deliveries WHERE transaction_id = $1 ORDER BY letter DESC"""

app = App(name="transactions", help="The ledger of link transactions.")


@app.command(name="list")
def list_transactions(
    *,
    court: Text | None = None,
    account: Text | None = None,
    status: Literal["Processed", "Rejected"] | None = None,
    count: Count = 50,
    json: Json = False,
) -> int:
    """List transactions, newest first.

    Parameters
    ----------
    court
        Only this court, for example UTBK.
    account
        Only this PACER account number.
    status
        Only those with this status.
    """
    rows = look_up(_LIST, court and court.upper(), account, status, count)
    show([_row(row) for row in rows], columns=_COLUMNS, json=json, empty="no such transaction")
    return 0


@app.command(name="show")
def show_transaction(number: Text, /, *, json: Json = False) -> int:
    """Show all that is known of one transaction, by its number or by the id of its request."""
    asked = _asked(number)
    if asked is None:
        warn(f"{number!r} is neither a transaction number ({FIRST_TRANSACTION_ID} or more) nor a request id")
        return 2
    rows = look_up(_ONE, *asked, FIRST_TRANSACTION_ID)
    if not rows:
        warn(f"{number} is not in the ledger")
        return 1
    facts = _facts(rows[0])
    if json:
        show([facts], columns=(), json=True)
    else:
        pairs = [{"field": name, "value": value} for name, value in _flat(facts)]
        show(pairs, columns=("field", "value"), json=False)
    return 0


def _asked(number: str) -> tuple[UUID | None, int] | None:
    if number.isdecimal() and number.isascii():
        found = int(number)
        return (None, found) if FIRST_TRANSACTION_ID <= found < 2**63 else None
    try:
        return UUID(number), FIRST_TRANSACTION_ID - 1
    except ValueError:
        return None


def _row(row: Mapping[str, Any]) -> dict[str, object]:
    facts = orjson.loads(row["value"])
    known = {name: row[name] for name in ("transaction_id", "committed_at")} | {
        name: facts["request"].get(name) for name in _REQUEST
    }
    return known | {name: facts.get(name) for name in _FACTS}


def _facts(row: Mapping[str, Any]) -> dict[str, object]:
    ledger = {name: row[name] for name in ("partition", "request_offset", "request_source", "committed_at")}
    letters = [dict(letter) for letter in look_up(_LETTERS, row["transaction_id"])]
    facts: dict[str, object] = orjson.loads(row["value"])
    return facts | ledger | {"hash": row["hash"].hex(), "letters": letters}


def _flat(facts: Mapping[str, Any]) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = []
    for name, value in facts.items():
        if isinstance(value, dict):
            pairs += [(f"{name}.{inner}", content) for inner, content in value.items()]
        elif name == "letters":
            pairs += [
                (f"letter {each['letter']}", f"{each['state']} after {each['attempts']} attempts") for each in value
            ]
        else:
            pairs.append((name, value))
    return pairs
