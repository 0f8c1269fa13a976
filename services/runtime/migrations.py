"""Migrations: numbered SQL files of each service, applied in order, once, under a lock; and the login role of each
service.

Run by `ecflink migrate` with the owner's rights. Files are never changed after release: a digest is kept and compared.
"""

import hashlib
import hmac
import os
from base64 import b64encode
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final, NamedTuple

import asyncpg

from services.runtime.database import translated
from services.runtime.faults import Halt

SERVICES: Final = ("auth", "linker", "notifier")
READER: Final = "reader"
_LOCK: Final = 0x6563_666C  # "ecfl": one migration at a time
_SCRAM_ROUNDS: Final = 4096  # Postgres's own default
_SALT_BYTES: Final = 16
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS public.migrations (
    service text NOT NULL, name text NOT NULL, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (service, name)
)"""


class Migration(NamedTuple):
    """One SQL file of a service."""

    service: str
    name: str
    sql: str

    @property
    def digest(self) -> str:
        """SHA-256 of the file, so that a changed one is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known() -> list[Migration]:
    """Return every migration of this version, in order."""
    return [
        Migration(service, entry.name, entry.read_text(encoding="utf-8"))
        for service in SERVICES
        for entry in sorted(files(f"services.{service}").joinpath("migrations").iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".sql")
    ]


async def migrate(owner_url: str, passwords: Mapping[str, str], *, owner_password: str | None = None) -> list[str]:
    """Bring a database to this version and return what was applied, as `service/file`.

    `passwords` gives the password of each login role by service name and `reader`. Raises Halt where an applied file
    was
    changed since, Transient where Postgres does not answer.
    """
    with translated():
        connection = await asyncpg.connect(owner_url, password=owner_password)
        try:
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
                await connection.execute(_TABLE)
                applied = await _apply(connection)
                await _grant(connection, passwords)
        finally:
            await connection.close()
    return applied


async def pending(connection: Any) -> list[str]:  # noqa: ANN401 - asyncpg has no types
    """Return the migrations that a database lacks, as `service/file`."""
    if await connection.fetchval("SELECT to_regclass('public.migrations')") is None:
        return [f"{migration.service}/{migration.name}" for migration in known()]
    done = {
        (row["service"], row["name"]) for row in await connection.fetch("SELECT service, name FROM public.migrations")
    }
    return [f"{each.service}/{each.name}" for each in known() if (each.service, each.name) not in done]


async def _apply(connection: Any) -> list[str]:  # noqa: ANN401
    rows = await connection.fetch("SELECT service, name, digest FROM public.migrations")
    done = {(row["service"], row["name"]): row["digest"] for row in rows}
    applied = []
    for migration in known():
        before = done.get((migration.service, migration.name))
        if before is not None and before != migration.digest:
            raise Halt(
                f"migration {migration.service}/{migration.name} was changed after it was applied; "
                "restore the released file"
            )
        if before is None:
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO public.migrations (service, name, digest) VALUES ($1, $2, $3)",
                *migration[:2],
                migration.digest,
            )
            applied.append(f"{migration.service}/{migration.name}")
    return applied


async def _grant(connection: Any, passwords: Mapping[str, str]) -> None:  # noqa: ANN401
    # Roles belong to the whole cluster: two databases may be migrated at once, so they share this lock across
    # databases.
    for name in (*SERVICES, READER):
        role = f"ecflink_{name}"
        await connection.execute(
            f"DO $$ BEGIN CREATE ROLE {role} LOGIN; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        await connection.execute(f"ALTER ROLE {role} PASSWORD '{_scram_verifier(passwords[name])}'")
    await connection.execute("GRANT SELECT ON public.migrations TO ecflink_reader")
    for service in SERVICES:
        own, rights = f"ecflink_{service}", "SELECT, INSERT, UPDATE, DELETE"
        await connection.execute(
            f"GRANT USAGE ON SCHEMA {service} TO {own}, ecflink_reader;"
            f"GRANT {rights} ON ALL TABLES IN SCHEMA {service} TO {own};"
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {service} TO ecflink_reader;"
        )


def _scram_verifier(password: str) -> str:
    """Return a password as Postgres stores it (RFC 5803), so that no statement, and no log of one, holds it in
    clear.
    """
    salt = os.urandom(_SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _SCRAM_ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    parts = (b64encode(part).decode() for part in (salt, stored, hmac.digest(salted, b"Server Key", "sha256")))
    return f"SCRAM-SHA-256${_SCRAM_ROUNDS}:{next(parts)}${next(parts)}:{next(parts)}"
