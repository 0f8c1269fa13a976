"""One served auth for each test, with a filer and her two accounts."""

from collections.abc import AsyncGenerator

import pytest

from services.auth.signon.hashes import HASHER
from services.ops.account_import import write
from services.runtime.database import connecting
from services.runtime.settings import DatabaseSettings, load
from tests.backends.databases import Database
from tests.integration.security.site import PASSWORD, PEOPLE, Site, serve


@pytest.fixture(scope="session")
def password_hash() -> str:
    return HASHER.hash(PASSWORD)


@pytest.fixture
async def peopled(database: Database, password_hash: str) -> Database:
    keys = ["111111", "UTBK:atyalex"]
    async with connecting(load(DatabaseSettings, **database.settings("auth"))) as connection:
        await write(connection, PEOPLE, keys, [password_hash] * len(keys), {})
    return database


@pytest.fixture
async def site(peopled: Database) -> AsyncGenerator[Site]:
    async with serve(peopled, body_s_max=1) as served:
        yield served
