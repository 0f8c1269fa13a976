"""One publisher shared by partitions, on a real broker: what becomes of the others when one fails or gives up."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from services.contract.topics import LINK_TRANSACTIONS
from services.runtime.faults import Permanent, Transient
from services.runtime.publish import BATCH_COUNT_MAX, Message, OrderedPublisher
from services.runtime.read import reading
from services.runtime.settings import KafkaSettings

TOO_LARGE = Message(b"key", b"x" * 2_000_000, [])
WAIT_S_MAX = 30.0


@pytest.fixture
async def publisher(topics: KafkaSettings) -> AsyncIterator[OrderedPublisher]:
    made = OrderedPublisher(topics)
    yield made
    await made.close()


def topic(topics: KafkaSettings) -> str:
    return LINK_TRANSACTIONS.named(topics.topic_prefix)


def messages(count: int) -> list[Message]:
    return [Message(b"key", f"{number}".encode(), []) for number in range(count)]


async def published(publisher: OrderedPublisher, name: str, partition: int, sent: Sequence[Message]) -> int:
    """Return how many were acknowledged."""
    done = 0
    async with asyncio.timeout(WAIT_S_MAX):
        async for acknowledged in publisher.publish(name, partition, sent):
            done = acknowledged.done
    return done


async def values(topics: KafkaSettings, partition: int) -> list[bytes | None]:
    async with reading(topics, topic(topics), partition) as reader:
        end = (await reader.bounds()).end
        return [record.value async for batch in reader.until(end) for record in batch]


async def test_partitions_publish_side_by_side_each_in_order(
    topics: KafkaSettings, publisher: OrderedPublisher
) -> None:
    sent = messages(2 * BATCH_COUNT_MAX + 1)
    counts = await asyncio.gather(*(published(publisher, topic(topics), number, sent) for number in range(3)))
    assert counts == [len(sent)] * 3
    for number in range(3):
        assert await values(topics, number) == [message.value for message in sent]


async def test_one_that_the_broker_refuses_leaves_the_others_alone(
    topics: KafkaSettings, publisher: OrderedPublisher
) -> None:
    answers = await asyncio.gather(
        published(publisher, topic(topics), 0, messages(BATCH_COUNT_MAX)),
        published(publisher, topic(topics), 1, [TOO_LARGE]),
        published(publisher, topic(topics), 2, messages(BATCH_COUNT_MAX)),
        return_exceptions=True,
    )
    assert (answers[0], answers[2]) == (BATCH_COUNT_MAX, BATCH_COUNT_MAX)
    assert isinstance(answers[1], Permanent)


async def test_one_that_gives_up_while_another_is_under_way_sends_nothing_later(
    topics: KafkaSettings, publisher: OrderedPublisher
) -> None:
    sent = 0
    while not isinstance(await given_up_behind_another(publisher, topic(topics)), asyncio.CancelledError):
        sent += 1  # the other was answered too soon: once more
    assert await published(publisher, topic(topics), 1, messages(1)) == 1
    assert len(await values(topics, 0)) == sent


async def given_up_behind_another(publisher: OrderedPublisher, name: str) -> object:
    """Give a publish to partition 0 up while another's request is on the way, and return what became of it."""
    await published(publisher, name, 1, messages(1))  # so that the producer is open
    assert publisher._line is not None  # noqa: SLF001
    sender = publisher._line.client._sender  # noqa: SLF001
    other = asyncio.create_task(published(publisher, name, 2, messages(BATCH_COUNT_MAX)))
    while not sender._in_flight and not other.done():  # noqa: ASYNC110, SLF001 - until its answer nothing else leaves
        await asyncio.sleep(0)
    given_up = asyncio.create_task(published(publisher, name, 0, messages(1)))
    while not sender._message_accumulator._batches and not given_up.done():  # noqa: ASYNC110, SLF001
        await asyncio.sleep(0)
    given_up.cancel()
    answers = await asyncio.gather(given_up, other, return_exceptions=True)
    assert answers[1] == BATCH_COUNT_MAX or isinstance(answers[1], Transient), "it is told, one way or the other"
    return answers[0]
