"""The ledger in Postgres: batches committed, each fenced by its position row; and reading it back for the relay.

What several partitions commit at the same time goes in one transaction. Knows SQL and nothing of Kafka. Every await
inside a transaction is the database's.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.linker import statements
from services.linker.decide import Link, Outcome
from services.linker.intake import DeadLetter, Received
from services.linker.position import Batch, Committed, Conflict, Fenced, Position
from services.linker.rows import COLUMNS, Row, unpack
from services.linker.settling import Settlement, Standing, found, settle
from services.runtime.database import DataFault, columns_of, translated
from services.runtime.faults import Halt
from services.runtime.gathering import Gathering
from services.runtime.publish import Message

RELAY_COUNT_MAX: Final = 1_000
SMALL_COUNT_MAX: Final = 64
_CONFLICTS: Final = ("links_one_per_pacer_account", "links_one_per_cmecf_login", "ledger_request_once")


class _NoRow(Exception):
    """A fence found no row; the transaction rolls back."""


class PostgresLedger:
    """The ledger of one deployment. `topic` is the request topic's name on the broker, for dead letters."""

    def __init__(self, pool: Any, topic: str) -> None:  # noqa: ANN401 - asyncpg has no types
        self._pool = pool
        self._topic = topic
        # A small batch costs what its round trips cost; a large one is worth a transaction and a connection of its own.
        self._gathering = Gathering(self._commit_all, large=lambda batch: len(batch.items) > SMALL_COUNT_MAX)

    async def take_over(self, partition: int) -> Position:
        """Raise the epoch, in a transaction of its own, and return the position. Raises Halt where there is no row."""
        return await self._position(statements.RAISE_EPOCH, partition)

    async def position(self, partition: int) -> Position:
        """Return the position as it is. Raises Halt where there is no row."""
        return await self._position(statements.POSITION, partition)

    async def _position(self, statement: str, partition: int) -> Position:
        with translated():
            row = await self._pool.fetchrow(statement, partition)
        if row is None:
            raise Halt(f"linker.position has no row for partition {partition}: run `ecflink topics`")
        return Position(*row)

    async def commit(self, batch: Batch) -> Committed:
        """Decide a batch and commit it whole. Raises Fenced, Conflict, DataFault or Transient.

        Nothing was committed then; after Transient that is unknown, and the fence of the next try tells.
        """
        try:
            return await self._gathering(batch)
        except _NoRow:
            raise Fenced(await self.position(batch.partition)) from None

    async def _commit_all(self, batches: Sequence[Batch]) -> list[Committed]:
        # One order for everybody, so that two who both believe they own some partitions wait rather than deadlock.
        ordered = sorted(batches, key=lambda batch: batch.partition)
        try:
            with translated():
                async with self._pool.acquire() as connection, connection.transaction():
                    settled = await self._settle(connection, ordered)
        except DataFault as fault:
            if fault.constraint in _CONFLICTS:
                raise Conflict(fault.constraint) from fault
            raise
        by_partition = {each.standing.partition: each.committed for each in settled}
        return [by_partition[batch.partition] for batch in batches]

    async def _settle(self, connection: Any, batches: Sequence[Batch]) -> list[Settlement]:  # noqa: ANN401
        known = found(await connection.fetchrow(statements.READ, *_places(batches), *_named(batches)))
        if len(known.numberings) < len(batches):
            raise _NoRow
        settled = settle(batches, known)
        await self._bury(connection, settled)
        await _close_dead_letters(connection, batches)
        links = await _linked(connection, [outcome for each in settled for outcome in each.committed.outcomes])
        await _write(connection, settled, links)
        return settled

    async def _bury(self, connection: Any, settled: Sequence[Settlement]) -> None:  # noqa: ANN401
        letters = [
            self._buried(each.standing.partition, letter) for each in settled for letter in each.committed.dead_letters
        ]
        if letters:
            await connection.executemany(statements.BURY, letters)

    def _buried(self, partition: int, letter: DeadLetter) -> tuple[object, ...]:
        place = (self._topic, partition, letter.offset)
        record = (letter.key, letter.headers, letter.value)
        return (*place, letter.kind, letter.detail, *record, letter.request_id, letter.proof_key_id)

    async def rows_after(self, partition: int, seq: int) -> list[tuple[int, Message]]:
        """Return up to RELAY_COUNT_MAX rows after `seq`, in order, as they are to be published."""
        with translated():
            rows = await self._pool.fetch(statements.ROWS_AFTER, partition, seq, RELAY_COUNT_MAX)
        return [(row["seq"], Message(row["key"], row["value"], unpack(row["headers"]))) for row in rows]

    async def values(self, partition: int, seqs: Sequence[int]) -> Mapping[int, bytes]:
        """Return the published bytes of rows by `seq`; one that is missing is not in the ledger."""
        with translated():
            rows = await self._pool.fetch(statements.VALUES_OF, partition, list(seqs))
        return {row["seq"]: row["value"] for row in rows}

    async def released_by(self, partition: int, offset: int) -> str | None:
        """Return who let a record with an unknown proof key go, or None."""
        with translated():
            by: str | None = await self._pool.fetchval(statements.RELEASED, self._topic, partition, offset)
        return by


def _places(batches: Sequence[Batch]) -> tuple[list[int], list[int], list[int], list[int]]:
    """Return where the batches stand and where they lead, as columns."""
    return (
        [batch.partition for batch in batches],
        [batch.epoch for batch in batches],
        [batch.first_offset for batch in batches],
        [batch.next_offset for batch in batches],
    )


def _named(batches: Sequence[Batch]) -> tuple[list[UUID], list[str], list[str], list[str]]:
    """Return what batches name, as columns to be looked up: request ids, courts, PACER accounts, CM/ECF logins."""
    requests = [item.request for batch in batches for item in batch.items if isinstance(item, Received)]
    return (
        [request.request_id for request in requests],
        [request.court_id for request in requests],
        [request.pacer_account for request in requests],
        [request.cmecf_canonical for request in requests],
    )


async def _close_dead_letters(connection: Any, batches: Sequence[Batch]) -> None:  # noqa: ANN401
    items = [item for batch in batches for item in batch.items if isinstance(item, Received)]
    redriven = [item.request.request_id for item in items if item.redriven]
    if redriven:
        await connection.execute(statements.CLOSE_DEAD_LETTERS, redriven)


async def _linked(connection: Any, outcomes: Sequence[Outcome]) -> list[Link]:  # noqa: ANN401
    """End the links that a round ends, and return those that it makes, in the order in which they are to be written."""
    added = {outcome.added.transaction_id: outcome.added for outcome in outcomes if outcome.added is not None}
    ended = [outcome.ended for outcome in outcomes if outcome.ended is not None]
    # A link made and ended within one round leaves no trace in the table; the ledger has both rows.
    stored = [link for link in ended if added.pop(link.transaction_id, None) is None]
    if stored:
        courts, accounts, _, numbers = zip(*stored, strict=True)
        await connection.execute(statements.END_LINKS, courts, accounts, numbers)
    # One order for all, so that two rounds wait for each other rather than deadlock.
    return sorted(added.values(), key=lambda link: (link.court_id, link.cmecf_canonical))


async def _write(connection: Any, settled: Sequence[Settlement], links: Sequence[Link]) -> None:  # noqa: ANN401
    rows = [row for each in settled for row in each.rows]
    standings = columns_of([each.standing for each in settled], len(Standing._fields))
    if rows and (len(settled) > 1 or len(rows) <= SMALL_COUNT_MAX):
        columns = (*standings, *columns_of(rows, len(Row._fields)), *columns_of(links, len(Link._fields)))
        await connection.execute(statements.WRITE, *columns)
        return
    await _copy(connection, "ledger", COLUMNS, rows)
    await _copy(connection, "links", statements.LINK_COLUMNS, links)
    await connection.execute(statements.ADVANCE, *standings)


async def _copy(connection: Any, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:  # noqa: ANN401
    if rows:
        await connection.copy_records_to_table(table, schema_name="linker", columns=columns, records=rows)
