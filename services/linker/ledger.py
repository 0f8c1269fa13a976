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
        fence = await connection.fetchrow(
            statements.FENCE, batch.partition, batch.epoch, batch.first_offset, batch.next_offset
        )
        if fence is None:
            raise _NoRow
        numbering = Numbering(*fence)
        sifted = sift(batch.items, await _known(connection, batch.items))
        requests = [received.request for received in sifted.fresh]
        outcomes = decide(requests, await _links(connection, sifted.fresh), numbering.ids(len(requests)))
        written = write(sifted.fresh, outcomes, numbering)
        await self._store(connection, batch, written, sifted)
        await _apply(connection, outcomes)
        await _advance(connection, batch, written, numbering)
        return Committed(
            first_seq=numbering.next_seq,
            messages=written.messages,
            requests=requests,
            outcomes=outcomes,
            dead_letters=sifted.dead_letters,
            duplicates=sifted.duplicates,
        )

    async def _store(self, connection: Any, batch: Batch, written: Written, sifted: Sifted) -> None:  # noqa: ANN401
        if written.rows:
            await connection.copy_records_to_table(
                "ledger", schema_name="linker", columns=COLUMNS, records=written.rows
            )
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


async def _known(connection: Any, items: Sequence[Received | DeadLetter]) -> dict[UUID, bytes]:  # noqa: ANN401
    ids = [item.request.request_id for item in items if isinstance(item, Received)]
    rows = await connection.fetch(statements.KNOWN, ids) if ids else ()
    return {row["request_id"]: row["request_digest"] for row in rows}


async def _links(connection: Any, fresh: Sequence[Received]) -> list[Link]:  # noqa: ANN401
    if not fresh:
        return []
    courts = [received.request.court_id for received in fresh]
    accounts = [received.request.pacer_account for received in fresh]
    logins = [received.request.cmecf_canonical for received in fresh]
    return [Link(*row) for row in await connection.fetch(statements.LINKS, courts, accounts, logins)]


async def _apply(connection: Any, outcomes: Sequence[Outcome]) -> None:  # noqa: ANN401
    added = {outcome.added.transaction_id: outcome.added for outcome in outcomes if outcome.added is not None}
    ended = [outcome.ended for outcome in outcomes if outcome.ended is not None]
    # A link made and ended within one batch leaves no trace in the table; the ledger has both rows.
    stored = [link for link in ended if added.pop(link.transaction_id, None) is None]
    if stored:
        courts, accounts, _, numbers = zip(*stored, strict=True)
        await connection.execute(statements.END_LINKS, courts, accounts, numbers)
    if added:
        # One order for all partitions, so that two of them wait for each other rather than deadlock.
        links = sorted(added.values(), key=lambda link: (link.court_id, link.cmecf_canonical))
        await connection.copy_records_to_table(
            "links", schema_name="linker", columns=statements.LINK_COLUMNS, records=links
        )


async def _advance(connection: Any, batch: Batch, written: Written, at: Numbering) -> None:  # noqa: ANN401
    last_hash = written.rows[-1].hash if written.rows else at.last_hash
    next_seq = at.next_seq + len(written.rows)
    await connection.execute(
        statements.ADVANCE, batch.partition, batch.last_digest, next_seq, last_hash, *batch.published
    )
