"""The deliveries in Postgres: letters taken in with the position, claimed, begun and settled, each by one statement.

What several partitions ask for at the same time goes in one round. Knows SQL and nothing of Kafka or SMTP. Whatever
raises Transient may or may not have been written; all of it may be repeated.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.contract.deliveries import LetterKind
from services.contract.notices import NoticeKind
from services.notifier import rounds, statements
from services.notifier.events import unpack
from services.notifier.intake import Intake
from services.notifier.outcomes import Rules
from services.notifier.position import DeadLetter, Delivery, Draft, Fenced, Position, Settled
from services.notifier.rounds import Arrival, Departure, Ending
from services.runtime.clock import Clock
from services.runtime.database import Pool, acquired
from services.runtime.faults import Halt
from services.runtime.gathering import Gathering
from services.runtime.publish import Message

# A batch of more is worth a statement and a connection of its own, beside the rounds.
SMALL_COUNT_MAX: Final = 32


class PostgresDeliveries:
    """The deliveries of one deployment. `clock` stamps the events alone."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._taking_in = Gathering(self._take_all_in, large=lambda each: len(each.intake.drafts) > SMALL_COUNT_MAX)
        self._beginning = Gathering(self._begin_all, large=lambda each: len(each.deliveries) > SMALL_COUNT_MAX)
        self._settling = Gathering(self._settle_all, large=lambda each: len(each.settled) > SMALL_COUNT_MAX)

    async def position(self, partition: int) -> Position:
        """Return the position as it is. Raises Halt where there is no row."""
        async with acquired(self._pool) as connection:
            return _position(await connection.fetchrow(statements.POSITION, partition), partition)

    async def take_over(self, partition: int, rules: Rules) -> Position:
        """Make the partition ours, in one transaction: what the former owner had claimed is queued, and what it was
        sending is ambiguous, or held where that happened too often. Raises Halt where there is no row.
        """
        async with acquired(self._pool) as connection, connection.transaction():
            position = _position(await connection.fetchrow(statements.RAISE_EPOCH, partition), partition)
            await connection.execute(statements.UNCLAIM, partition, position.epoch)
            interrupted = [_delivery(row) for row in await connection.fetch(statements.INTERRUPTED, partition)]
            if interrupted:
                await connection.execute(statements.NOTE_INTERRUPTED, partition)
                await connection.execute(statements.ADOPT, partition, position.epoch)
                ended = Ending(position, [rules.crashed(delivery) for delivery in interrupted])
                await rounds.settle(connection, [ended], self._clock())
            return position

    async def take_in(self, position: Position, intake: Intake, *, states: Sequence[str]) -> list[Draft]:
        """Write the letters of transactions and move the position, all or nothing; return those that are new.

        Each is born in the state that is given for it. Raises Fenced where this owner does not stand there.
        """
        arrival = Arrival(position, intake, states)
        if intake.dead_letters:
            born = await self._take_alone(statements.TAKE_IN, arrival)
        else:
            born = await self._taking_in(arrival)
        return await self._new(arrival, born)

    async def take_in_notices(self, position: Position, intake: Intake, *, states: Sequence[str]) -> list[Draft]:
        """Write the letters of a batch of notices and move the notices' position, as `take_in`."""
        arrival = Arrival(position, intake, states)
        return await self._new(arrival, await self._take_alone(statements.TAKE_IN_NOTICES, arrival))

    async def _take_all_in(self, arrivals: Sequence[Arrival]) -> list[set[UUID] | None]:
        async with acquired(self._pool) as connection:
            return await rounds.take_in(connection, statements.TAKE_IN, arrivals)

    async def _take_alone(self, statement: str, arrival: Arrival) -> set[UUID] | None:
        async with acquired(self._pool) as connection, connection.transaction():
            (born,) = await rounds.take_in(connection, statement, [arrival])
            if born is not None and arrival.intake.dead_letters:
                await connection.executemany(statements.BURY, arrival.intake.dead_letters)
        return born

    async def _new(self, arrival: Arrival, born: set[UUID] | None) -> list[Draft]:
        if born is None:
            raise Fenced(await self.position(arrival.position.partition))
        return [draft for draft in arrival.intake.drafts if draft.delivery_id in born]

    async def skip_notices(self, position: Position, next_offset: int) -> None:
        """Go on behind notices that the log has lost, and count them in the position row.

        Raises Fenced where this owner does not stand there.
        """
        place = (position.partition, position.epoch, position.notice_next_offset, next_offset)
        async with acquired(self._pool) as connection:
            skipped = await connection.fetchval(statements.SKIP_NOTICES, *place)
        if skipped is None:
            raise Fenced(await self.position(position.partition))

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Keep records of courts-v1 that cannot be read; one kept before stays as it is."""
        async with acquired(self._pool) as connection:
            await connection.executemany(statements.BURY, letters)

    async def claim(self, partition: int, epoch: int, count_max: int, *, replays: bool) -> list[Delivery]:
        """Claim what is due of replays, or of all else, the longest waiting first.

        Nothing where the partition is another owner's.
        """
        async with acquired(self._pool) as connection:
            rows = await connection.fetch(statements.CLAIM[replays], partition, epoch, count_max)
        return [_delivery(row) for row in rows]

    async def unclaim_strays(self, partition: int, epoch: int, held: Sequence[UUID], *, replays: bool) -> None:
        """Queue what of replays, or of all else, is claimed at our epoch and not among `held`."""
        async with acquired(self._pool) as connection:
            await connection.execute(statements.UNCLAIM_STRAYS[replays], partition, epoch, list(held))

    async def begin(self, epoch: int, deliveries: Sequence[Delivery]) -> set[UUID]:
        """Mark deliveries as transmitting, each with a new attempt; return the ids of those that still were ours."""
        return await self._beginning(Departure(epoch, deliveries))

    async def _begin_all(self, departures: Sequence[Departure]) -> list[set[UUID]]:
        async with acquired(self._pool) as connection:
            return await rounds.begin(connection, departures)

    async def settle(self, position: Position, settled: Sequence[Settled]) -> int:
        """Write how attempts ended, and their events; return how many deliveries still were ours to change."""
        return await self._settling(Ending(position, settled))

    async def _settle_all(self, endings: Sequence[Ending]) -> list[int]:
        async with acquired(self._pool) as connection:
            return await rounds.settle(connection, endings, self._clock())

    async def events(self, partition: int, count_max: int) -> list[tuple[int, Message]]:
        """Return the oldest events that wait to be published, with their numbers."""
        async with acquired(self._pool) as connection:
            rows = await connection.fetch(statements.EVENTS, partition, count_max)
        return [(row["number"], Message(row["key"], row["value"], unpack(row["headers"]))) for row in rows]

    async def forget_events(self, partition: int, number: int) -> None:
        """Remove the events up to a number: they are published."""
        async with acquired(self._pool) as connection:
            await connection.execute(statements.FORGET_EVENTS, partition, number)


async def resend(pool: Pool, delivery_id: UUID, *, by: str) -> bool:
    """Queue a letter that was held or bounced once more; the owner of its partition sends the same bytes again.

    Returns False where there is no such delivery in one of these states, or its bytes were erased. Who ordered it is
    kept with it.
    """
    async with acquired(pool) as connection:
        return await connection.fetchval(statements.RESEND, delivery_id, by) is not None


def _position(row: Mapping[str, Any] | None, partition: int) -> Position:
    if row is None:
        raise Halt(f"notifier.position has no row for partition {partition}: run `ecflink topics`")
    return Position(*row.values())


def _delivery(row: Mapping[str, Any]) -> Delivery:
    values = dict(row)
    kind = NoticeKind if values["transaction_id"] is None else LetterKind
    return Delivery(**(values | {"letter": kind(values["letter"])}))
