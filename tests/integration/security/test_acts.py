"""The record of security acts: in the caller's transaction, without addresses in full, listed for operators."""

import json
import os
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest

from services.auth.portal.ports import Client
from services.auth.security.acts import Act, note
from services.runtime.database import Connection, connecting
from services.runtime.settings import DatabaseSettings, load
from tests.backends.databases import Database
from tests.thorough import one_for_all

REFUSED = (["--act", "nothing"], ["--since", "yesterday"], ["--count", "0"], ["--account", ""])

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
CLIENT = Client("192.0.2.77")
_ACCOUNT = """
INSERT INTO auth.pacer_accounts (pacer_account, login, password_hash, name, email, upgraded)
VALUES ('7000001', 'quinn.harper', 'x', 'Quinn Harper', 'quinn@example.org', true)"""


class Listed(NamedTuple):
    code: int
    rows: list[dict[str, Any]]
    words: str


async def listed(database: Database, *words: str, json_rows: bool = True) -> Listed:
    """Run `ecflink security list` as the reader."""
    environment = os.environ | {name.upper(): value for name, value in database.settings("reader").items()}
    arguments = ("security", "list", *words, *(["--json"] if json_rows else []))
    command = str(Path(sys.executable).parent / "ecflink")
    process = await create_subprocess_exec(command, *arguments, env=environment, stdout=PIPE, stderr=PIPE)
    said, warned = await process.communicate()
    rows = json.loads(said) if json_rows and process.returncode == 0 else []
    return Listed(process.returncode or 0, rows, said.decode() + warned.decode())


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    """A connection as auth, with one account."""
    async with connecting(load(DatabaseSettings, **database.settings("auth"))) as made:
        await made.execute(_ACCOUNT)
        yield made


async def acts(connection: Connection) -> None:
    """Three acts, an hour apart."""
    await note(connection, Act.SIGNED_IN, NOON, pacer_account="7000001", court_id="UTBK", client=CLIENT)
    await note(connection, Act.FACTOR_ADDED, NOON + timedelta(hours=1), pacer_account="7000001", kind="totp")
    await note(connection, Act.SIGNED_IN, NOON + timedelta(hours=2), pacer_account="7000002", court_id="CTBK")


async def test_acts_are_listed_newest_first(connection: Connection, database: Database) -> None:
    await acts(connection)
    rows = (await listed(database)).rows
    assert [row["act"] for row in rows] == ["signed-in", "factor-added", "signed-in"]
    assert rows[1]["detail"] == {"kind": "totp"}


async def test_address_is_kept_as_its_prefix(connection: Connection, database: Database) -> None:
    await acts(connection)
    row = (await listed(database, "--act", "signed-in")).rows[-1]
    assert row["address_prefix"] == "192.0.2.0/24"
    assert CLIENT.address not in json.dumps(row)


@pytest.mark.parametrize(
    "words,count",
    [
        (["--account", "7000001"], 2),
        (["--account", "quinn.harper"], 2),
        (["--account", "7000002"], 1),
        (["--act", "signed-in"], 2),
        (["--act", "factor-added", "--account", "7000002"], 0),
        (["--since", "2026-11-25T13:00"], 2),
        (["--since", "2026-11-25T15:00+01:00"], 1),
        (["--since", "2026-11-26"], 0),
        (["--count", "1"], 1),
    ],
)
async def test_acts_are_found_by_account_kind_and_time(
    connection: Connection, database: Database, words: list[str], count: int
) -> None:
    await acts(connection)
    found = await listed(database, *words)
    assert (found.code, len(found.rows)) == (0, count), found.words


async def test_table_is_printed_for_people(connection: Connection, database: Database) -> None:
    await acts(connection)
    assert "kind=totp" in (await listed(database, json_rows=False)).words


@pytest.mark.parametrize("words", one_for_all(REFUSED, plain=REFUSED[0]))
async def test_bad_arguments_are_refused_with_words(database: Database, words: list[str]) -> None:
    found = await listed(database, *words)
    assert found.code == 2
    assert found.words
    assert "Traceback" not in found.words


async def test_act_is_undone_with_its_transaction(connection: Connection, database: Database) -> None:
    await connection.execute("BEGIN")
    await note(connection, Act.PASSWORD_CHANGED, NOON, pacer_account="7000001")
    await connection.execute("ROLLBACK")
    assert (await listed(database)).rows == []


async def test_reader_cannot_write_acts(database: Database) -> None:
    async with connecting(load(DatabaseSettings, **database.settings("reader"))) as reader:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await note(reader, Act.SIGNED_IN, NOON)
