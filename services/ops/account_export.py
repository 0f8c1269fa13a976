"""Exporting accounts: JSON Lines that an import takes back, password hashes and all, from one snapshot."""

import os
import sys
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from services.runtime.database import Connection

PAGE_COUNT: Final = 5_000
_MODE: Final = 0o600

# The names are those of the import's columns; nulls are left out.
_PACER: Final = """
SELECT 'pacer' AS kind, pacer_account AS account_number, login, password_hash, name, email, upgraded,
       kind AS account_type, status, exempt, case_search_only, roles, client_code_required, client_codes
  FROM auth.pacer_accounts WHERE pacer_account > $1 ORDER BY pacer_account LIMIT $2"""
_CMECF: Final = """
SELECT 'cmecf' AS kind, court_id, login, password_hash, name, email, role, status, cmecf_canonical
  FROM auth.cmecf_accounts
 WHERE (court_id, cmecf_canonical) > ($1, $2) AND ($4 = '' OR court_id = $4)
 ORDER BY court_id, cmecf_canonical LIMIT $3"""


async def exported(connection: Connection, *, kind: str, court_id: str) -> AsyncGenerator[bytes]:
    """Yield the lines of all accounts of a kind (`pacer`, `cmecf`; empty for both); `court_id` bounds the latter."""
    async with connection.transaction(isolation="repeatable_read"):
        if kind != "cmecf" and not court_id:
            async for row in _pacer(connection):
                yield _line(row)
        if kind != "pacer":
            async for row in _cmecf(connection, court_id):
                yield _line(row)


async def _pacer(connection: Connection) -> AsyncGenerator[Mapping[str, Any]]:
    after = ""
    while page := await connection.fetch(_PACER, after, PAGE_COUNT):
        for row in page:
            yield row
        after = page[-1]["account_number"]


async def _cmecf(connection: Connection, court_id: str) -> AsyncGenerator[Mapping[str, Any]]:
    after = ("", "")
    while page := await connection.fetch(_CMECF, *after, PAGE_COUNT, court_id):
        for row in page:
            yield row
        after = (page[-1]["court_id"], page[-1]["cmecf_canonical"])


def _line(row: Mapping[str, Any]) -> bytes:
    told = {name: value for name, value in row.items() if value is not None and name != "cmecf_canonical"}
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


@contextmanager
def opened(path: Path | None) -> Generator[BinaryIO]:
    """Open a new file that its owner alone can read, or standard output. Raises FileExistsError, OSError.

    A file of an export that fails is taken away again.
    """
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as file:
        try:
            yield file
        except BaseException:
            path.unlink(missing_ok=True)
            raise
