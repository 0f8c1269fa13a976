"""A fresh database for each test: a copy of one template that was migrated once in this run.

Names carry the run, so that two runs on the same server do not meet.
"""

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from services.ops.notice_keys import store
from services.runtime.migrations import READER, SERVICES, migrate

# Login roles belong to the whole server: the same for every run, so that no run locks another one out.
PASSWORDS = {name: f"{name}-of-the-tests" for name in (*SERVICES, READER)}
# The notifier's key of every test: its public half is in each database.
NOTICE_KEYS = "test-1:" + "6e" * 32
_MIGRATE_LOCK = 0x7465_7374  # "test": one run at a time touches the login roles


@dataclass(frozen=True)
class Database:
    """One database, migrated and empty. `owner_url` holds the owner's password, `url(role)` none."""

    name: str
    owner_url: str

    def url(self, role: str) -> str:
        """Return the address for one of auth, linker, notifier, reader."""
        parts = urlsplit(self.owner_url)
        return urlunsplit(parts._replace(netloc=f"ecflink_{role}@{parts.netloc.rpartition('@')[2]}"))

    def settings(self, role: str) -> dict[str, str]:
        """Return what a settings model of that role wants: `load(LinkerSettings, **database.settings("linker"))`."""
        own = {"notice_keys": NOTICE_KEYS} if role == "notifier" else {}
        return {"database_url": self.url(role), "database_password": PASSWORDS[role]} | own

    @property
    def owner_password(self) -> str:
        return urlsplit(self.owner_url).password or ""


@dataclass
class Databases:
    """Makes and drops databases on one server; `server_url` is its owner's address."""

    server_url: str
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    _template: str = ""
    _count: int = 0

    async def create(self) -> Database:
        template = await self._migrated_template()
        self._count += 1
        database = self._named(f"test_{self.run}_{self._count}")
        async with self._connected() as connection:
            await connection.execute(f'CREATE DATABASE "{database.name}" TEMPLATE "{template}"')
        return database

    async def drop(self, database: Database) -> None:
        async with self._connected() as connection:
            await connection.execute(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')

    async def copy(self, database: Database) -> Database:
        """Copy a database that nobody is connected to: what a test restores as an earlier state."""
        self._count += 1
        copied = self._named(f"test_{self.run}_{self._count}")
        async with self._connected() as connection:
            await connection.execute(f'CREATE DATABASE "{copied.name}" TEMPLATE "{database.name}"')
        return copied

    async def close(self) -> None:
        """Drop the template."""
        if self._template:
            await self.drop(self._named(self._template))

    async def _migrated_template(self) -> str:
        if not self._template:
            template = self._named(f"test_{self.run}_template")
            async with self._connected() as connection:
                await connection.execute("SELECT pg_advisory_lock($1)", _MIGRATE_LOCK)
                await connection.execute(f'CREATE DATABASE "{template.name}"')
                await migrate(template.owner_url, PASSWORDS)
                await store(template.owner_url, NOTICE_KEYS)
            self._template = template.name
        return self._template

    def _named(self, name: str) -> Database:
        return Database(name, urlunsplit(urlsplit(self.server_url)._replace(path=f"/{name}")))

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[Any]:
        connection = await asyncpg.connect(self.server_url)
        try:
            yield connection
        finally:
            await connection.close()
