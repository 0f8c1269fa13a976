"""A served auth behind a proxy that tells the filer's address, with short delays."""

from collections.abc import AsyncGenerator

import pytest

from services.auth.signon.hashes import HASHER
from services.ops.account_import import write
from services.runtime.database import connecting
from services.runtime.settings import DatabaseSettings, load
from tests.backends.databases import Database
from tests.integration.security.site import PASSWORD, PEOPLE, Site, serve


@pytest.fixture
async def site(database: Database) -> AsyncGenerator[Site]:
    keys = ["111111", "UTBK:atyalex"]
    async with connecting(load(DatabaseSettings, **database.settings("auth"))) as connection:
        await write(connection, PEOPLE, keys, [HASHER.hash(PASSWORD)] * len(keys), {})
    async with serve(
        database, trusted_proxies="127.0.0.1", throttle_delay_s_max=5, sign_in_address_per_minute=20
    ) as served:
        yield served
