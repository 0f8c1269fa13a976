"""Postgres: pools with every timeout written out, and SQLSTATEs translated into our kinds of trouble."""

from collections.abc import AsyncGenerator, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Final, Protocol

import asyncpg

from services.runtime.faults import Contended, Halt, Permanent, Transient
from services.runtime.settings import DatabaseSettings

# Seconds, so that a frozen owner cannot block its successor: Postgres ends its transaction, not we.
_SERVER_SETTINGS: Final = {
    "application_name": "ecflink",
    "synchronous_commit": "on",
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "5s",
    "statement_timeout": "15s",
    "transaction_timeout": "20s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "jit": "off",
    "timezone": "UTC",
}
# A lookup is for a batch's worth of keys, whatever the planner believes of a table that was empty when it first looked;
# and planning the statement of a small batch anew costs more than running it.
_BY_INDEX: Final = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
}
CONNECT_TIMEOUT_S: Final = 5.0
COMMAND_TIMEOUT_S: Final = 30.0
ACQUIRE_S_MAX: Final = 5.0

# Classes and codes that pass by themselves: connection, resources, operator intervention, deadlock, serialization,
# locks.
_TRANSIENT_CLASSES: Final = ("08", "53", "57", "58")
# 25006: a standby that we were led to, or a server that is being changed over, takes no writes for the time being.
_TRANSIENT_CODES: Final = ("25006", "25P02", "25P03", "25P04")
# Serialization, deadlock, lock_timeout, statement_timeout.
_CONTENDED_CODES: Final = ("40001", "40P01", "55P03", "57014")
_DATA_CLASSES: Final = ("22", "23", "54")


class DataFault(Permanent):
    """Postgres refused the data itself (SQLSTATE class 22, 23 or 54). `sqlstate` and `constraint` say how."""

    def __init__(self, message: str, *, sqlstate: str, constraint: str | None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.constraint = constraint


class Connection(Protocol):
    """What we use of an asyncpg connection, which carries no types. Rows are read by name or index."""

    async def execute(self, query: str, *args: object) -> str: ...

    async def executemany(self, command: str, args: Iterable[Sequence[object]]) -> None: ...

    async def fetch(self, query: str, *args: object) -> list[Mapping[str, Any]]: ...

    async def fetchrow(self, query: str, *args: object) -> Mapping[str, Any] | None: ...

    async def fetchval(self, query: str, *args: object) -> Any: ...  # noqa: ANN401 - whatever the column holds

    def transaction(self, *, isolation: str | None = None) -> AbstractAsyncContextManager[object]: ...


class Pool(Protocol):
    """What we use of an asyncpg pool."""

    def acquire(self, *, timeout: float | None = None) -> AbstractAsyncContextManager[Connection]: ...

    async def expire_connections(self) -> None: ...

    async def close(self) -> None: ...


@asynccontextmanager
async def acquired(pool: Pool) -> AsyncGenerator[Connection]:
    """Lend a connection for the time of a block, errors translated. Raises Transient where none is free in time."""
    with translated():
        async with pool.acquire(timeout=ACQUIRE_S_MAX) as connection:
            yield connection


async def open_pool(settings: DatabaseSettings, *, size_max: int, **server_settings: str) -> Any:  # noqa: ANN401 - asyncpg has no types
    """Return an asyncpg pool. Raises Transient where Postgres does not answer."""
    return await _pool(settings, size_max, server_settings)


async def open_tidy_pool(settings: DatabaseSettings, *, size_max: int) -> Any:  # noqa: ANN401 - asyncpg has no types
    """Return a pool whose users leave nothing in a session (locks, cursors, LISTEN, SET). Raises as `open_pool`.

    So nothing is reset when a connection comes back, which would be a round trip after each use. All of them are open
    from the beginning and stay so: opening them would hold everybody up just when a rush begins.
    """
    return await _pool(settings, size_max, {}, reset=_nothing, min_size=size_max, max_inactive_connection_lifetime=0)


async def open_batch_pool(settings: DatabaseSettings, *, size_max: int) -> Any:  # noqa: ANN401 - asyncpg has no types
    """Return a pool for set-based statements that come again and again. Raises as `open_pool`.

    Every lookup goes by an index and is planned once. Its users leave nothing in a session (locks, cursors, LISTEN,
    SET),
    so nothing is reset when a connection comes back, which would be a round trip after each use.
    """
    return await _pool(settings, size_max, _BY_INDEX, reset=_nothing)


async def _pool(
    settings: DatabaseSettings,
    size_max: int,
    server_settings: Mapping[str, str],
    **options: Any,  # noqa: ANN401 - asyncpg's own
) -> Any:  # noqa: ANN401
    with translated():
        return await asyncpg.create_pool(
            settings.database_url,
            password=settings.database_password.get_secret_value(),
            max_size=size_max,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=COMMAND_TIMEOUT_S,
            server_settings=_SERVER_SETTINGS | dict(server_settings),
            **{"min_size": 1, **options},
        )


async def _nothing(_: object) -> None:
    """Reset nothing."""


@asynccontextmanager
async def connecting(settings: DatabaseSettings, **server_settings: str) -> AsyncGenerator[Any]:
    """Open one asyncpg connection for the time of a block, for a command rather than a role.

    Raises Transient where Postgres does not answer, Halt where it refuses the login or lacks our tables.
    """
    try:
        with translated():
            connection = await asyncpg.connect(
                settings.database_url,
                password=settings.database_password.get_secret_value(),
                timeout=CONNECT_TIMEOUT_S,
                server_settings=_SERVER_SETTINGS | server_settings,
            )
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise Halt(f"Postgres refuses the login: {error}; check DATABASE_URL and DATABASE_PASSWORD") from error
    try:
        yield connection
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.UndefinedColumnError) as error:
        raise Halt(f"the database is not at this version: {error}; run `ecflink migrate`") from error
    except asyncpg.InsufficientPrivilegeError as error:
        raise Halt(f"the login of DATABASE_URL may not do this: {error}") from error
    except asyncpg.PostgresError:
        with translated():
            raise
    finally:
        connection.terminate()


def columns_of(rows: Sequence[Sequence[object]], count: int) -> list[Sequence[object]]:
    """Return rows of `count` values as columns, which a statement takes as arrays; empty ones where there are none."""
    return list(zip(*rows, strict=True)) or [()] * count


@contextmanager
def translated() -> Generator[None]:
    """Turn asyncpg's errors into Transient (same work again) or DataFault (this data never); others pass unchanged."""
    try:
        yield
    except asyncpg.PostgresError as error:
        sqlstate = str(error.sqlstate or "")
        message = f"Postgres {sqlstate}: {error.args[0] if error.args else type(error).__name__}"
        if sqlstate in _CONTENDED_CODES:
            raise Contended(message) from error
        if sqlstate[:2] in _TRANSIENT_CLASSES or sqlstate in _TRANSIENT_CODES:
            raise Transient(message) from error
        if sqlstate[:2] in _DATA_CLASSES:
            # The server's detail may hold a row's data; the primary message names the constraint or type alone.
            raise DataFault(message, sqlstate=sqlstate, constraint=getattr(error, "constraint_name", None)) from error
        raise
    except (asyncpg.InterfaceError, asyncpg.InternalClientError, ConnectionError, TimeoutError, OSError) as error:
        # InternalClientError: the server said goodbye between two queries, and asyncpg has not seen the end yet.
        message = f"Postgres does not answer: {error!r}"
        raise Transient(message) from error
