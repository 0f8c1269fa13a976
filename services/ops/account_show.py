"""Finding accounts by what a person has at hand: a login, or the number of a PACER account. Never their hashes."""

from typing import Any, Final

from services.auth.signon.accounts import login_state
from services.contract.courts import Court
from services.ops.registry import packaged
from services.runtime.clock import now
from services.runtime.database import Connection

COLUMNS: Final = (
    *("kind", "court_id", "account_number", "login", "name", "email", "account_type", "upgraded", "status"),
    *("roles", "login_state", "linked_by"),
)

_FIND: Final = """
SELECT 'pacer' AS kind, NULL AS court_id, p.pacer_account AS account_number, p.login, p.name, p.email,
       p.kind AS account_type, p.upgraded, p.status, array_to_string(p.roles, ', ') AS roles, p.exempt,
       p.case_search_only, p.client_code_required, array_to_string(p.client_codes, ', ') AS client_codes,
       p.password_hash IS NOT NULL AS has_password, p.password_set_at, p.verifier_version, p.imported_at,
       NULL::boolean AS retired,
       (SELECT string_agg(l.court_id || ' ' || l.transaction_id, ', ' ORDER BY l.court_id)
          FROM auth.links AS l WHERE l.pacer_account = p.pacer_account AND ($2 = '' OR l.court_id = $2)) AS linked_by
  FROM auth.pacer_accounts AS p WHERE p.login = $1 OR p.pacer_account = $1
UNION ALL
SELECT 'cmecf', c.court_id, l.pacer_account, c.login, c.name, c.email,
       NULL, NULL, c.status, c.role, NULL,
       NULL, NULL, NULL,
       true, NULL, c.verifier_version, c.imported_at,
       l.court_id IS NOT NULL,
       l.court_id || ' ' || l.transaction_id
  FROM auth.cmecf_accounts AS c LEFT JOIN auth.links AS l USING (court_id, cmecf_canonical)
 WHERE (c.login = $1 OR c.cmecf_canonical = $1 OR l.pacer_account = $1) AND ($2 = '' OR c.court_id = $2)
 ORDER BY 1 DESC, 2
 LIMIT 500"""
_COURTS: Final = "SELECT facts FROM auth.courts WHERE court_id = ANY($1::text[])"


async def found(connection: Connection, name: str, court_id: str) -> list[dict[str, Any]]:
    """Return the accounts with a login or number; `court_id` (empty for all) bounds the CM/ECF accounts and links."""
    rows = [dict(row) for row in await connection.fetch(_FIND, name, court_id)]
    courts = await _courts(connection, [row["court_id"] for row in rows if row["court_id"]])
    at = now()
    for row in rows:
        retired, court = row.pop("retired"), courts.get(row["court_id"])
        row["login_state"] = None if court is None else login_state(court, retired=retired, now=at).value
    return rows


async def _courts(connection: Connection, court_ids: list[str]) -> dict[str, Court]:
    # As auth knows them; one that it has not read yet as it is packaged, not live.
    told = [Court.model_validate_json(row["facts"]) for row in await connection.fetch(_COURTS, court_ids)]
    known = {court_id: court for court_id, court in packaged().items() if court_id in court_ids}
    return known | {court.court_id: court for court in told}
