"""What several partitions write in one statement, on the real database: each keeps what is its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from services.contract.deliveries import DeliveryState, LetterKind
from services.contract.ids import delivery_id, transaction_id
from services.notifier import rounds, statements
from services.notifier.deliveries import PostgresDeliveries
from services.notifier.intake import Intake
from services.notifier.outcomes import Rules
from services.notifier.position import Delivery, Draft, Fenced, Position, Settled
from services.notifier.rounds import Arrival, Departure, Ending
from services.runtime.database import Connection, DataFault, open_batch_pool
from services.runtime.settings import DatabaseSettings, load
from services.runtime.topology import make_positions
from tests.backends.databases import PASSWORDS, Database
from tests.backends.deployment import Deployment
from tests.backends.smtp import MailServer
from tests.mailing.acting import Linker, in_state, notifying, request, rows, settings

COUNT = 3
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
RULES = Rules(60, 60, 60, 1)


@pytest.fixture
async def store(database: Database) -> AsyncIterator[PostgresDeliveries]:
    await make_positions(database.owner_url, COUNT)
    chosen = load(DatabaseSettings, database_url=database.url("notifier"), database_password=PASSWORDS["notifier"])
    pool = await open_batch_pool(chosen, size_max=4)
    yield PostgresDeliveries(pool, lambda: NOON)
    await pool.close()


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    made = await asyncpg.connect(database.owner_url)
    yield made
    await made.close()


@pytest.fixture
async def owned(store: PostgresDeliveries) -> list[Position]:
    """The partitions, each just taken over."""
    return [await store.take_over(partition, RULES) for partition in range(COUNT)]


def draft(partition: int, seq: int, recipient: str) -> Draft:
    number = transaction_id(partition=partition, seq=seq, partition_count=COUNT)
    identity = delivery_id(number, LetterKind.RECORD)
    return Draft(identity, number, UUID(int=number), LetterKind.RECORD, recipient, b"k", None, "<m>", b"m")


def arrival(at: Position, count: int = 1, *, recipient: str = "a@example.org", state: str = "transmitting") -> Arrival:
    """Return the next rows of a partition, one letter each."""
    drafts = [draft(at.partition, at.last_seq + nth, recipient) for nth in range(1, count + 1)]
    intake = Intake(at.next_offset, at.next_offset + count, b"", at.last_seq + count, drafts, [], 0)
    return Arrival(at, intake, [state] * count)


def in_hand(arrived: Arrival) -> list[Delivery]:
    return [Delivery(*each[:7], each.message) for each in arrived.intake.drafts]


def accepted(arrived: Arrival) -> Ending:
    letters = in_hand(arrived)
    return Ending(
        arrived.position,
        [Settled(each, "accepted", "250", "accepted", event=DeliveryState.ACCEPTED) for each in letters],
    )


async def taken_in(connection: Connection, *arrivals: Arrival) -> list[set[UUID] | None]:
    return await rounds.take_in(connection, statements.TAKE_IN, arrivals)


async def asked(store: PostgresDeliveries, arrivals: Sequence[Arrival]) -> list[list[Draft] | BaseException]:
    """Ask for all at the same time, each partition for itself."""
    return await asyncio.gather(
        *(store.take_in(each.position, each.intake, states=each.states) for each in arrivals), return_exceptions=True
    )


async def test_a_fenced_partition_in_a_round_takes_nothing_and_harms_nobody(
    store: PostgresDeliveries, owned: list[Position], connection: Connection
) -> None:
    await store.take_over(1, RULES)
    answers = await taken_in(connection, *(arrival(each, 2) for each in owned))
    assert [answer and len(answer) for answer in answers] == [2, None, 2]
    stands = await connection.fetch("SELECT next_offset FROM notifier.position ORDER BY partition")
    assert [row["next_offset"] for row in stands] == [2, 0, 2]
    assert not await connection.fetch("SELECT FROM notifier.deliveries WHERE partition = 1")


async def test_only_the_fenced_partition_is_told(store: PostgresDeliveries, owned: list[Position]) -> None:
    await store.take_over(1, RULES)
    answers = await asked(store, [arrival(each) for each in owned])
    assert [isinstance(answer, Fenced) for answer in answers] == [False, True, False]


async def test_a_former_owner_of_a_partition_takes_nothing_in_beside_the_present_one(
    store: PostgresDeliveries, owned: list[Position], connection: Connection
) -> None:
    present = await store.take_over(0, RULES)
    stale = arrival(owned[0], recipient="stale@example.org")
    assert await taken_in(connection, stale, arrival(present)) == [None, {in_hand(stale)[0].delivery_id}]
    (kept,) = await connection.fetch("SELECT recipient, epoch FROM notifier.deliveries")
    assert (kept["recipient"], kept["epoch"]) == ("a@example.org", present.epoch)


async def test_a_round_begins_only_what_is_its_owners(
    store: PostgresDeliveries, owned: list[Position], connection: Connection
) -> None:
    arrivals = [arrival(each, state="claimed") for each in owned]
    await taken_in(connection, *arrivals)
    await store.take_over(1, RULES)
    begun = await rounds.begin(connection, [Departure(each.position.epoch, in_hand(each)) for each in arrivals])
    assert [len(ids) for ids in begun] == [1, 0, 1]


async def test_events_are_numbered_densely_and_in_order_in_each_partition(
    store: PostgresDeliveries, owned: list[Position], connection: Connection
) -> None:
    first, second = arrival(owned[0], 3), arrival(owned[1], 2)
    await taken_in(connection, first, second)
    backwards = Ending(owned[0], accepted(first).settled[::-1])
    assert await rounds.settle(connection, [backwards, accepted(second)], NOON) == [3, 2]
    told = await connection.fetch(
        "SELECT partition, number, convert_from(value, 'UTF8')::jsonb ->> 'delivery_id' AS id FROM notifier.outbox"
        " ORDER BY partition, number"
    )
    assert [(row["partition"], row["number"]) for row in told] == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2)]
    ids = [str(each.delivery_id) for each in (*in_hand(first)[::-1], *in_hand(second))]
    assert [row["id"] for row in told] == ids


async def test_numbers_of_events_go_on_where_they_were(owned: list[Position], connection: Connection) -> None:
    arrived = arrival(owned[0], 2)
    await taken_in(connection, arrived)
    for settled in accepted(arrived).settled:
        await rounds.settle(connection, [Ending(owned[0], [settled])], NOON)
    told = await connection.fetch("SELECT number FROM notifier.outbox ORDER BY number")
    assert [row["number"] for row in told] == [1, 2]


async def test_an_attempt_tells_when_it_began_and_whose_it_was(
    store: PostgresDeliveries, owned: list[Position], connection: Connection
) -> None:
    arrived = arrival(owned[0])
    await taken_in(connection, arrived)
    (born,) = await connection.fetch("SELECT created_at FROM notifier.deliveries")
    await store.take_over(0, RULES)
    (attempt,) = await connection.fetch("SELECT * FROM notifier.attempts")
    assert (attempt["started_at"], attempt["epoch"]) == (born["created_at"], owned[0].epoch)
    assert (attempt["outcome"], attempt["ended_at"] > born["created_at"]) == ("ambiguous", True)


async def test_a_reply_that_comes_after_a_take_over_is_late(
    store: PostgresDeliveries, owned: list[Position], connection: Connection
) -> None:
    arrivals = [arrival(each) for each in owned]
    await taken_in(connection, *arrivals)
    await store.take_over(1, RULES)
    assert await rounds.settle(connection, [accepted(each) for each in arrivals], NOON) == [1, 0, 1]
    found = await connection.fetch("SELECT outcome, late_reply FROM notifier.attempts ORDER BY outcome")
    assert [tuple(row.values()) for row in found] == [("accepted", None), ("accepted", None), ("ambiguous", "250")]


async def test_data_that_postgres_refuses_fails_its_own_partition_alone(
    store: PostgresDeliveries, owned: list[Position]
) -> None:
    refused = arrival(owned[1], recipient="a\x00@example.org")
    answers = await asked(store, [arrival(owned[0]), refused, arrival(owned[2])])
    assert [isinstance(answer, DataFault) for answer in answers] == [False, True, False]


async def test_a_record_that_postgres_refuses_is_buried_alone(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    await rows(deployment, "ALTER TABLE notifier.deliveries ADD CHECK (recipient <> 'filer200005@example.org')")
    async with notifying(settings(deployment, smtp)):
        await linker.publish(*(request(account) for account in range(200_000, 200_020)))
        await in_state(deployment, "accepted", 19)
    (buried,) = await rows(deployment, "SELECT kind, value FROM notifier.dead_letters")
    assert buried["kind"] == "data-error"
    assert b"filer200005@example.org" in buried["value"]
