"""`link-transactions-v1` into auth's tables: transactions, active links, answered requests.

Set-based: one statement per table and batch.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from services.auth.metrics import Metrics
from services.auth.projection import position
from services.auth.projection.arrivals import Arrivals
from services.auth.projection.effects import Effects, effects_of
from services.auth.projection.position import Place, Position
from services.contract.topics import LINK_TRANSACTIONS
from services.runtime.database import Connection
from services.runtime.faults import Halt
from services.runtime.read import Bounds, Record

# A larger batch is read off the event loop, so that a rebuild does not hold up the pages.
INLINE_COUNT_MAX: Final = 100

_TRANSACTIONS: Final = """
INSERT INTO auth.transactions (transaction_id, request_id, court_id, pacer_account, cmecf_canonical, facts)
SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[])
ON CONFLICT DO NOTHING"""

_END: Final = "DELETE FROM auth.links WHERE transaction_id = ANY($1::bigint[])"

_ADD: Final = """
INSERT INTO auth.links (court_id, pacer_account, cmecf_canonical, transaction_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
ON CONFLICT (court_id, pacer_account)
DO UPDATE SET cmecf_canonical = EXCLUDED.cmecf_canonical, transaction_id = EXCLUDED.transaction_id"""

_ANSWER: Final = """
UPDATE auth.attempts AS a SET state = 'recorded', transaction_id = t.transaction_id, recorded_at = clock_timestamp()
  FROM unnest($1::uuid[], $2::bigint[]) AS t (request_id, transaction_id)
 WHERE a.request_id = t.request_id AND a.state = 'received'
RETURNING extract(epoch FROM a.recorded_at - a.received_at)::float8 AS took_s"""

_ANSWERED: Final = "DELETE FROM auth.outbox WHERE request_id = ANY($1::uuid[])"


class Transactions:
    """Applies batches of one partition; `follow` drives it."""

    topic = LINK_TRANSACTIONS

    def __init__(self, arrivals: Arrivals, metrics: Metrics) -> None:
        self._arrivals = arrivals
        self._metrics = metrics

    def start(self, place: Place, at: Position, log: Bounds) -> Position:
        """Return where to read on. Raises Halt where the log is not the one read so far: it is kept for ever."""
        if log.start <= at.next_offset <= log.end:
            return at
        raise Halt(
            f"{place.topic} partition {place.partition} holds offsets {log.start} to {log.end}, and the projection "
            f"stands at {at.next_offset}: the topic was emptied or made again; restore it, or rebuild the projection"
        )

    async def apply(self, connection: Connection, place: Place, at: Position, records: Sequence[Record]) -> Position:
        """Apply records that follow a position, in one transaction, and return the new position."""
        if len(records) > INLINE_COUNT_MAX:
            effects = await asyncio.to_thread(effects_of, records, at.last_seq)
        else:
            effects = effects_of(records, at.last_seq)
        after = Position(records[-1].offset + 1, effects.last_seq)
        async with connection.transaction():
            await position.move(connection, place, at, after)
            await self._store(connection, effects)
        self._metrics.projected.labels(place.topic).inc(len(effects.rows))
        self._metrics.skipped.labels(place.topic, "copy").inc(effects.copies)
        self._metrics.skipped.labels(place.topic, "malformed").inc(effects.malformed)
        self._arrivals.tell(row[1] for row in effects.rows)
        return after

    async def _store(self, connection: Connection, effects: Effects) -> None:
        if not effects.rows:
            return
        numbers, request_ids, *rest = (list(column) for column in zip(*effects.rows, strict=True))
        await connection.execute(_TRANSACTIONS, numbers, request_ids, *rest)
        if effects.ended:
            await connection.execute(_END, list(effects.ended))
        if effects.added:
            courts, accounts = zip(*effects.added, strict=True)
            logins, made_by = zip(*effects.added.values(), strict=True)
            await connection.execute(_ADD, courts, accounts, logins, made_by)
        for answered in await connection.fetch(_ANSWER, request_ids, numbers):
            self._metrics.round_trip.observe(max(0.0, answered["took_s"]))
        await connection.execute(_ANSWERED, request_ids)
