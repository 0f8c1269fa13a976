"""One consistent view of Postgres for the time of an audit: a repeatable-read transaction, our temporary tables in it.

The same connection reads what the services wrote and keeps what is gathered from Kafka and the mailbox beside it.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any, Final

from services.runtime.database import connecting
from services.runtime.settings import DatabaseSettings

ROW_COUNT_MAX: Final = 2_000
_TABLES: Final = (
    "logs",
    "request_records",
    "transaction_records",
    "court_records",
    "notice_records",
    "ledger_rows",
    "buried",
    "sent",
    "letters",
    "mails",
)
_STATEMENT_TIMEOUT_S: Final = 900.0
# Reading everything takes longer than any statement of a service may; nothing waits for us, as we lock nothing.
_SERVER_SETTINGS: Final = {
    "application_name": "ecflink-audit",
    "statement_timeout": "15min",
    "transaction_timeout": "0",
    "idle_in_transaction_session_timeout": "15min",
    "work_mem": "64MB",
    "temp_buffers": "64MB",
}


class Snapshot:
    """The open transaction. Every method is bounded in memory by ROW_COUNT_MAX rows."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - asyncpg has no types
        self._connection = connection

    async def rows(self, query: str, *arguments: object) -> AsyncIterator[list[Any]]:
        """Yield a query's rows in blocks, through a cursor of the server."""
        cursor = await self._connection.cursor(query, *arguments)
        while block := await cursor.fetch(ROW_COUNT_MAX):
            yield block

    async def fetch(self, query: str, *arguments: object) -> list[Any]:
        """Return all rows of a query whose result is small."""
        found: list[Any] = await self._connection.fetch(query, *arguments, timeout=_STATEMENT_TIMEOUT_S)
        return found

    async def execute(self, statements: str) -> None:
        """Run statements that return nothing: tables and views of our own."""
        await self._connection.execute(statements, timeout=_STATEMENT_TIMEOUT_S)

    async def add(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Copy rows into one of our tables."""
        await self._connection.copy_records_to_table(table, columns=columns, records=rows, timeout=_STATEMENT_TIMEOUT_S)

    async def gathered(self) -> None:
        """Tell the planner what is in our tables, once they are full."""
        await self._connection.execute(f"ANALYZE {', '.join(_TABLES)}", timeout=_STATEMENT_TIMEOUT_S)


@asynccontextmanager
async def snapshot(settings: DatabaseSettings) -> AsyncGenerator[Snapshot]:
    """Open the view. Raises Transient where Postgres does not answer, Halt where it is not at this version."""
    async with (
        connecting(settings, **_SERVER_SETTINGS) as connection,
        connection.transaction(isolation="repeatable_read"),
    ):
        # The first query fixes what is seen from here on.
        await connection.fetchval("SELECT count(*) FROM linker.position")
        for name in ("tables.sql", "views.sql"):
            await connection.execute(files("services.audit").joinpath(name).read_text(encoding="utf-8"))
        yield Snapshot(connection)
