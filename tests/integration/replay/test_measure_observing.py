"""Observers against a real broker: what was there before is not the run's, and its absence loses nothing."""

import asyncio
import time

import numpy as np
import pytest

from services.contract.topics import LINK_TRANSACTIONS
from services.contract.transactions import LinkTransaction, TransactionStatus
from services.replay.measure.observing import WATCHES, observing
from services.replay.measure.stages import Stage
from services.replay.measure.timings import Timings
from services.runtime.publish import Message, OrderedPublisher
from services.runtime.settings import KafkaSettings
from tests.backends.servers import Server
from tests.linking.requests import requested

_SEEN_S_MAX = 60.0
_LOW = 2**64 - 1


def timings(*numbers: int) -> Timings:
    ids = np.array([requested(number).request_id.int & _LOW for number in numbers], dtype=np.uint64)
    made = Timings(np.zeros(len(numbers)), ids)
    made.begin(time.time())
    return made


async def record(kafka: KafkaSettings, number: int, status: TransactionStatus = TransactionStatus.PROCESSED) -> None:
    """Publish the transaction of a request as the linker does."""
    value = LinkTransaction(transaction_id=10_001, seq=1, status=status, request=requested(number)).encode()
    publisher = OrderedPublisher(kafka)
    topic = LINK_TRANSACTIONS.named(kafka.topic_prefix)
    async for _ in publisher.publish(topic, number % 3, [Message(b"k", value, [])]):
        pass
    await publisher.close()


async def seen(run: Timings, count: int) -> list[bool]:
    """Wait until as many requests were seen, and say which."""
    async with asyncio.timeout(_SEEN_S_MAX):
        while np.count_nonzero(~np.isnan(run.at[Stage.COMMITTED])) < count:  # noqa: ASYNC110 - a broker moves
            await asyncio.sleep(0.05)
    return [not missing for missing in np.isnan(run.at[Stage.COMMITTED])]


async def test_what_was_there_before_is_not_of_the_run(topics: KafkaSettings) -> None:
    run = timings(1, 2, 3)
    await record(topics, 1)
    async with observing(topics, run, WATCHES) as observers:
        await record(topics, 9)
        await record(topics, 2, TransactionStatus.REJECTED)
        await record(topics, 3)
        assert await seen(run, 2) == [False, True, True]
        assert list(observers.smallest_ms) == [Stage.COMMITTED]
    assert run.rejected.tolist() == [False, True, False]


@pytest.mark.thorough
@pytest.mark.faults
async def test_absence_of_the_broker_loses_nothing(topics: KafkaSettings, kafka_server: Server) -> None:
    run = timings(1, 2)
    async with observing(topics, run, WATCHES) as observers:
        await record(topics, 1)
        await seen(run, 1)
        kafka_server.kill()
        kafka_server.resume()
        await record(topics, 2)
        assert await seen(run, 2) == [True, True]
        observers.check()
