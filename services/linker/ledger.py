"""The ledger in Postgres: one transaction per batch, fenced by the position row; and reading it back for the relay.

Knows SQL and nothing of Kafka. Every await inside a transaction is the database's.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.linker import statements
from services.linker.decide import Link, Outcome, decide
from services.linker.intake import DeadLetter, Received
from services.linker.position import Batch, Committed, Conflict, Fenced, Position
from services.linker.rows import COLUMNS, Numbering, Written, unpack, write
from services.linker.sift import Sifted, sift
from services.runtime.database import DataFault, translated
from services.runtime.faults import Halt
from services.runtime.publish import Message

RELAY_COUNT_MAX: Final = 1_000
SMALL_COUNT_MAX: Final = 64
_CONFLICTS: Final = ("links_one_per_pacer_account", "links_one_per_cmecf_login", "ledger_request_once")


class _NoRow(Exception):
    """The fence found no row; the transaction rolls back."""


class PostgresLedger:
    """The ledger of one deployment. `topic` is the request topic's name on the broker, for dead letters."""

    def __init__(self, pool: Any, topic: str) -> None:  # noqa: ANN401 - asyncpg has no types
        self._pool = pool
        self._topic = topic

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
            with translated():
                async with self._pool.acquire() as connection, connection.transaction():
                    return await self._commit(connection, batch)
        except DataFault as fault:
            if fault.constraint in _CONFLICTS:
                raise Conflict(fault.constraint) from fault
            raise
        except _NoRow:
            raise Fenced(await self.position(batch.partition)) from None

    async def _commit(self, connection: Any, batch: Batch) -> Committed:  # noqa: ANN401
        read = await connection.fetchrow(statements.READ, *_place(batch), *_named(batch.items))
        if read is None:
            raise _NoRow
        numbering = Numbering(*read[:4])
        sifted = sift(batch.items, dict(zip(read["known_ids"] or (), read["known_digests"] or (), strict=True)))
        requests = [received.request for received in sifted.fresh]
        outcomes = decide(requests, _links(read), numbering.ids(len(requests)))
        written = write(sifted.fresh, outcomes, numbering)
        await self._bury(connection, batch, sifted)
        await _write(connection, written, await _linked(connection, outcomes), _standing(batch, written, numbering))
        return Committed(
            first_seq=numbering.next_seq,
            messages=written.messages,
            requests=requests,
            outcomes=outcomes,
            dead_letters=sifted.dead_letters,
            duplicates=sifted.duplicates,
        )

    async def _bury(self, connection: Any, batch: Batch, sifted: Sifted) -> None:  # noqa: ANN401
        if sifted.dead_letters:
            letters = [self._buried(batch.partition, letter) for letter in sifted.dead_letters]
            await connection.executemany(statements.BURY, letters)
        redriven = [item.request.request_id for item in batch.items if isinstance(item, Received) and item.redriven]
        if redriven:
            await connection.execute(statements.CLOSE_DEAD_LETTERS, redriven)

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


def _place(batch: Batch) -> tuple[int, int, int, int]:
    return batch.partition, batch.epoch, batch.first_offset, batch.next_offset


def _named(items: Sequence[Received | DeadLetter]) -> tuple[list[UUID], list[str], list[str], list[str]]:
    """Return what a batch names, as the columns that are looked up: request ids, courts, PACER accounts, CM/ECF
    logins.
    """
    requests = [item.request for item in items if isinstance(item, Received)]
    return (
        [request.request_id for request in requests],
        [request.court_id for request in requests],
        [request.pacer_account for request in requests],
        [request.cmecf_canonical for request in requests],
    )


def _links(read: Mapping[str, Any]) -> list[Link]:
    columns = (read["courts"] or (), read["accounts"] or (), read["logins"] or (), read["numbers"] or ())
    return [Link(*row) for row in zip(*columns, strict=True)]


async def _linked(connection: Any, outcomes: Sequence[Outcome]) -> list[Link]:  # noqa: ANN401
    """End the links that a batch ends, and return those that it makes, in the order in which they are to be written."""
    added = {outcome.added.transaction_id: outcome.added for outcome in outcomes if outcome.added is not None}
    ended = [outcome.ended for outcome in outcomes if outcome.ended is not None]
    # A link made and ended within one batch leaves no trace in the table; the ledger has both rows.
    stored = [link for link in ended if added.pop(link.transaction_id, None) is None]
    if stored:
        courts, accounts, _, numbers = zip(*stored, strict=True)
        await connection.execute(statements.END_LINKS, courts, accounts, numbers)
    # One order for all partitions, so that two of them wait for each other rather than deadlock.
    return sorted(added.values(), key=lambda link: (link.court_id, link.cmecf_canonical))


def _standing(batch: Batch, written: Written, at: Numbering) -> tuple[object, ...]:
    """Return what the position row is to say after a batch."""
    last_hash = written.rows[-1].hash if written.rows else at.last_hash
    return batch.partition, batch.last_digest, at.next_seq + len(written.rows), last_hash, *batch.published


async def _write(connection: Any, written: Written, links: Sequence[Link], standing: tuple[object, ...]) -> None:  # noqa: ANN401
    if written.rows and len(written.rows) <= SMALL_COUNT_MAX:
        columns = [list(column) for column in zip(*written.rows, strict=True)]
        link_columns = [list(column) for column in zip(*links, strict=True)] or [[], [], [], []]
        await connection.execute(statements.WRITE, *standing, *columns, *link_columns)
        return
    await _copy(connection, "ledger", COLUMNS, written.rows)
    await _copy(connection, "links", statements.LINK_COLUMNS, links)
    await connection.execute(statements.ADVANCE, *standing)


async def _copy(connection: Any, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:  # noqa: ANN401
    if rows:
        await connection.copy_records_to_table(table, schema_name="linker", columns=columns, records=rows)
