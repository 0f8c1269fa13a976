"""The statements that write imported accounts. What a file does not tell of an account stays as it is."""

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.progress import track

from services.ops.account_rows import CmecfRow, PacerRow, Row
from services.runtime.database import Connection

SLICE_COUNT: Final = 20_000

# Roles and client codes come as one text with commas: neither holds one, and arrays in arrays must be of one length.
_PACER: Final = """
INSERT INTO auth.pacer_accounts AS old
       (pacer_account, login, password_hash, name, email, upgraded, kind, status, exempt, case_search_only, roles,
        client_code_required, client_codes)
SELECT n.number, n.login, n.hash, n.name, n.email, n.upgraded, coalesce(n.kind, o.kind, 'individual'),
       coalesce(n.status, o.status, 'active'), coalesce(n.exempt, o.exempt, false),
       coalesce(n.search_only, o.case_search_only, false), coalesce(string_to_array(n.roles, ','), o.roles, '{}'),
       coalesce(n.code_required, o.client_code_required, false),
       coalesce(string_to_array(n.codes, ','), o.client_codes, '{}')
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::text[],
              $9::boolean[], $10::boolean[], $11::text[], $12::boolean[], $13::text[])
       AS n(number, login, hash, name, email, upgraded, kind, status, exempt, search_only, roles, code_required, codes)
  LEFT JOIN auth.pacer_accounts AS o ON o.pacer_account = n.number
ON CONFLICT (pacer_account) DO UPDATE
   SET login = EXCLUDED.login, name = EXCLUDED.name, email = EXCLUDED.email, upgraded = EXCLUDED.upgraded,
       kind = EXCLUDED.kind, status = EXCLUDED.status, exempt = EXCLUDED.exempt,
       case_search_only = EXCLUDED.case_search_only, roles = EXCLUDED.roles,
       client_code_required = EXCLUDED.client_code_required, client_codes = EXCLUDED.client_codes,
       password_hash = EXCLUDED.password_hash, imported_at = now(),
       password_set_at = CASE WHEN old.password_hash IS DISTINCT FROM EXCLUDED.password_hash THEN now()
                              ELSE old.password_set_at END,
       brought_hash = CASE WHEN old.password_hash IS DISTINCT FROM EXCLUDED.password_hash THEN NULL
                           ELSE old.brought_hash END,
       verifier_version =
           old.verifier_version + (old.password_hash IS DISTINCT FROM EXCLUDED.password_hash)::integer"""
_CMECF: Final = """
INSERT INTO auth.cmecf_accounts AS old (court_id, cmecf_canonical, login, password_hash, name, email, role, status)
SELECT n.court, n.canonical, n.login, n.hash, n.name, n.email, coalesce(n.role, o.role, 'attorney'),
       coalesce(n.status, o.status, 'active')
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
       AS n(court, canonical, login, hash, name, email, role, status)
  LEFT JOIN auth.cmecf_accounts AS o ON (o.court_id, o.cmecf_canonical) = (n.court, n.canonical)
ON CONFLICT (court_id, cmecf_canonical) DO UPDATE
   SET login = EXCLUDED.login, name = EXCLUDED.name, email = EXCLUDED.email, role = EXCLUDED.role,
       status = EXCLUDED.status, password_hash = EXCLUDED.password_hash, imported_at = now(),
       brought_hash = CASE WHEN old.password_hash <> EXCLUDED.password_hash THEN NULL ELSE old.brought_hash END,
       verifier_version = old.verifier_version + (old.password_hash <> EXCLUDED.password_hash)::integer"""
_END_SESSIONS: Final = """
DELETE FROM auth.sessions AS s USING auth.pacer_accounts AS a
 WHERE a.pacer_account = s.pacer_account
   AND (a.pacer_account = ANY($1::text[]) OR (a.status = 'disabled' AND a.pacer_account = ANY($2::text[])))"""


async def write_all(
    connection: Connection,
    rows: Sequence[Row],
    keys: Sequence[str],
    hashes: Sequence[str | None],
    changed: Sequence[str],
) -> None:
    """Write accounts in the caller's transaction; sign out whose password changed, and who is disabled.

    A statement takes SLICE_COUNT accounts: all million of a country in one would have to fit into one message.
    """
    slices = range(0, len(rows), SLICE_COUNT)
    for first in track(slices, "writing accounts", console=Console(stderr=True), disable=not sys.stderr.isatty()):
        last = first + SLICE_COUNT
        await _write_slice(connection, rows[first:last], keys[first:last], hashes[first:last])
    numbers = [key for row, key in zip(rows, keys, strict=True) if isinstance(row, PacerRow)]
    await connection.execute(_END_SESSIONS, list(changed), numbers)


async def _write_slice(
    connection: Connection, rows: Sequence[Row], keys: Sequence[str], hashes: Sequence[str | None]
) -> None:
    three = list(zip(rows, keys, hashes, strict=True))
    pacer = [_pacer(row, key, hash_) for row, key, hash_ in three if isinstance(row, PacerRow)]
    cmecf = [_cmecf(row, key, hash_) for row, key, hash_ in three if isinstance(row, CmecfRow)]
    if pacer:
        await connection.execute(_PACER, *map(list, zip(*pacer, strict=True)))
    if cmecf:
        await connection.execute(_CMECF, *map(list, zip(*cmecf, strict=True)))


def changed_of(keys: Sequence[str], hashes: Sequence[str | None], known: Mapping[str, str | None]) -> list[str]:
    """Return the keys of known accounts whose hash is another one now."""
    return [key for key, hash_ in zip(keys, hashes, strict=True) if key in known and known[key] != hash_]


def _pacer(row: PacerRow, key: str, password_hash: str | None) -> tuple[object, ...]:
    roles = None if row.roles is None else ",".join(row.roles)
    codes = None if row.client_codes is None else ",".join(row.client_codes)
    return (
        *(key, row.login, password_hash, row.name, row.email, row.upgraded, row.account_type, row.status),
        *(row.exempt, row.case_search_only, roles, row.client_code_required, codes),
    )


def _cmecf(row: CmecfRow, key: str, password_hash: str | None) -> tuple[object, ...]:
    return (*key.split(":", 1), row.login, password_hash, row.name, row.email, row.role, row.status)
