"""What several partitions ask of Postgres at the same time, written together: letters taken in, begun and settled.

Each function is one statement on one connection, whatever it holds: all of it is written, or none. Each partition's
part stands under its own epoch, so that one that has lost its partition harms none of the others.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from services.notifier import statements
from services.notifier.events import event_of
from services.notifier.intake import Intake
from services.notifier.position import Delivery, Draft, Position, Settled
from services.runtime.database import Connection, columns_of

_PLACE_COLUMN_COUNT: Final = 6
# With its turn before it, its state and its attempts behind it.
_LETTER_COLUMN_COUNT: Final = len(Draft._fields) + 3


class Arrival(NamedTuple):
    """A batch of one log of a partition, with the state in which each of its letters is to be born."""

    position: Position
    intake: Intake
    states: Sequence[str]


class Departure(NamedTuple):
    """Deliveries of one partition whose attempts are about to begin."""

    epoch: int
    deliveries: Sequence[Delivery]


class Ending(NamedTuple):
    """Attempts of one partition that ended."""

    position: Position
    settled: Sequence[Settled]


async def take_in(connection: Connection, statement: str, arrivals: Sequence[Arrival]) -> list[set[UUID] | None]:
    """Write letters and move positions. Returns the ids born of each batch; None where its owner does not stand there.

    A partition may come twice only where no more than one of the two can be its owner.
    """
    places = [_place(each) for each in arrivals]
    letters = [letter for turn, each in enumerate(arrivals, 1) for letter in _letters(turn, each)]
    row = await connection.fetchrow(
        statement, *columns_of(places, _PLACE_COLUMN_COUNT), *columns_of(letters, _LETTER_COLUMN_COUNT)
    )
    assert row is not None
    moved, born = set(row["moved"]), set(row["born"])
    return [
        {draft.delivery_id for draft in each.intake.drafts} & born if turn in moved else None
        for turn, each in enumerate(arrivals, 1)
    ]


async def begin(connection: Connection, departures: Sequence[Departure]) -> list[set[UUID]]:
    """Mark deliveries as transmitting. Returns the ids of those of each batch that still were their owner's."""
    rows = [(each.epoch, delivery.delivery_id, delivery.number) for each in departures for delivery in each.deliveries]
    begun = {row["delivery_id"] for row in await connection.fetch(statements.BEGIN, *zip(*rows, strict=True))}
    return [{delivery.delivery_id for delivery in each.deliveries} & begun for each in departures]


async def settle(connection: Connection, endings: Sequence[Ending], changed_at: datetime) -> list[int]:
    """Write how attempts ended, and their events, in order. Returns how many of each still were their owner's."""
    rows = [_end(each.position.epoch, settled, changed_at) for each in endings for settled in each.settled]
    done = {row["delivery_id"] for row in await connection.fetch(statements.SETTLE, *zip(*rows, strict=True))}
    return [sum(settled.delivery.delivery_id in done for settled in each.settled) for each in endings]


def _place(arrival: Arrival) -> tuple[object, ...]:
    position, intake = arrival.position, arrival.intake
    at = (intake.first_offset, intake.next_offset, intake.last_digest, intake.last_seq)
    return (position.partition, position.epoch, *at)


def _letters(turn: int, arrival: Arrival) -> list[tuple[object, ...]]:
    born = zip(arrival.intake.drafts, arrival.states, strict=True)
    return [(turn, *draft, state, int(state == "transmitting")) for draft, state in born]


def _end(epoch: int, settled: Settled, changed_at: datetime) -> tuple[object, ...]:
    delivery = settled.delivery
    became = (settled.outcome, settled.reply, settled.state, settled.delay_s)
    return (epoch, delivery.delivery_id, delivery.number, *became, *event_of(settled, changed_at))
