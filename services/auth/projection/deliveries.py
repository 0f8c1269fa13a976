"""`mail-deliveries-v1` into auth.deliveries: the last known state of each letter, for the receipt page."""

from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from services.auth.metrics import Metrics
from services.auth.projection import position
from services.auth.projection.position import Place, Position
from services.contract.deliveries import MailDelivered
from services.contract.topics import MAIL_DELIVERIES
from services.runtime.database import Connection
from services.runtime.log import log
from services.runtime.read import Bounds, Record

_STORE: Final = """
INSERT INTO auth.deliveries AS d (delivery_id, transaction_id, letter, state, changed_at)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
ON CONFLICT (delivery_id) DO UPDATE SET state = EXCLUDED.state, changed_at = EXCLUDED.changed_at
 WHERE EXCLUDED.changed_at >= d.changed_at"""


class Deliveries:
    """Applies batches of one partition; `follow` drives it."""

    topic = MAIL_DELIVERIES

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def start(self, place: Place, at: Position, log_holds: Bounds) -> Position:
        """Return where to read on. The log forgets after 30 days: what it no longer holds is passed over."""
        if log_holds.start <= at.next_offset <= log_holds.end:
            return at
        log.warning("projection.moved", topic=place.topic, partition=place.partition, stood_at=at.next_offset)
        return Position(log_holds.start, 0)

    async def apply(self, connection: Connection, place: Place, at: Position, records: Sequence[Record]) -> Position:
        """Apply records that follow a position, in one transaction, and return the new position."""
        after = Position(records[-1].offset + 1, 0)
        latest: dict[object, tuple[object, ...]] = {}
        for record in records:
            try:
                told = MailDelivered.model_validate_json(record.value or b"")
            except ValidationError:
                self._metrics.skipped.labels(place.topic, "malformed").inc()
                continue
            state = (told.letter.value, told.state.value, told.changed_at)
            latest[told.delivery_id] = (told.delivery_id, told.transaction_id, *state)
        async with connection.transaction():
            await position.move(connection, place, at, after)
            if latest:
                await connection.execute(_STORE, *(list(column) for column in zip(*latest.values(), strict=True)))
        self._metrics.projected.labels(place.topic).inc(len(records))
        return after
