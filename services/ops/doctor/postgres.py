"""Looks at Postgres: that it answers, keeps what it promises, is at this version, and agrees on the time."""

from typing import Any, Final

from services.ops.doctor.findings import Finding, error, fine, warning
from services.runtime.clock import now
from services.runtime.database import connecting
from services.runtime.migrations import READER, SERVICES, pending
from services.runtime.settings import DatabaseSettings

PART: Final = "Postgres"
SKEW_S_MAX: Final = 5.0
_VERSION_MIN: Final = 180_000
# What was committed must survive a crash: the promises rest on each of these.
_DURABLE: Final = ("fsync", "full_page_writes", "synchronous_commit")
_SETTING: Final = "SELECT setting FROM pg_settings WHERE name = $1"
# What a session gets that asks for nothing; the services ask for `on` themselves.
_RESET: Final = "SELECT reset_val FROM pg_settings WHERE name = $1"


async def look_at_postgres(settings: DatabaseSettings) -> list[Finding]:
    """Return what is found. Raises Transient or Halt where Postgres does not let us in."""
    async with connecting(settings) as connection:
        return [
            await _version(connection),
            *[await _durable(connection, name) for name in _DURABLE],
            *await _replicas(connection),
            await _migrations(connection),
            *await _roles(connection),
            await _clock(connection),
        ]


async def _version(connection: Any) -> Finding:  # noqa: ANN401 - asyncpg has no types
    number = int(await connection.fetchval(_SETTING, "server_version_num"))
    version = await connection.fetchval(_SETTING, "server_version")
    if number < _VERSION_MIN:
        return error(PART, f"version {version}", "use PostgreSQL 18 or newer")
    return fine(PART, f"answers, version {version}")


async def _durable(connection: Any, name: str) -> Finding:  # noqa: ANN401
    value = await connection.fetchval(_RESET if name == "synchronous_commit" else _SETTING, name)
    if value in {"off", "local"}:
        return error(PART, f"{name} is {value}: a crash can lose what was committed", f"set {name} = on and restart")
    return fine(PART, f"{name} is {value}")


async def _replicas(connection: Any) -> list[Finding]:  # noqa: ANN401
    names = await connection.fetchval(_SETTING, "synchronous_standby_names")
    count = await connection.fetchval("SELECT count(*) FROM pg_stat_replication")
    if count and not names:
        fix = "set synchronous_standby_names, and fail over to a synchronous standby only"
        return [warning(PART, f"{count} standbys, none synchronous: a failover can lose what was committed", fix)]
    return []


async def _migrations(connection: Any) -> Finding:  # noqa: ANN401
    missing = await pending(connection)
    if missing:
        return error(PART, f"migrations missing: {', '.join(missing)}", "run `ecflink migrate`")
    return fine(PART, "every migration is applied")


async def _roles(connection: Any) -> list[Finding]:  # noqa: ANN401
    wanted = [f"ecflink_{name}" for name in (*SERVICES, READER)]
    rows = await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname = ANY($1::text[])", wanted)
    missing = sorted(set(wanted) - {row["rolname"] for row in rows})
    return [error(PART, f"login roles missing: {', '.join(missing)}", "run `ecflink migrate`")] if missing else []


async def _clock(connection: Any) -> Finding:  # noqa: ANN401
    before = now()
    theirs = await connection.fetchval("SELECT clock_timestamp()")
    after = now()
    skew_s = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    if skew_s > SKEW_S_MAX:
        return error("clock", f"Postgres and this machine differ by {skew_s:.0f} s", "run a time service on both")
    return fine("clock", "Postgres and this machine agree")
