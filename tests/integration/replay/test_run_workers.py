"""Workers against a real broker: what they send, in which order, what they leave, and what a broker's absence does."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from aiokafka import TopicPartition

from services.contract.topics import LINK_REQUESTS
from services.replay.outcome import NoConnection, Unusable
from services.replay.plan.spooled import Spool
from services.replay.run.job import FILE_NAME, Job
from services.replay.run.workers import Workers
from services.runtime.kafka import consumer
from services.runtime.read import Record
from services.runtime.settings import KafkaSettings
from tests.backends.servers import Server
from tests.integration.replay.playing import profile_of, requests, spooled

_OVER_S_MAX = 60.0


@asynccontextmanager
async def crew(kafka: KafkaSettings, spool: Spool, folder: Path) -> AsyncGenerator[Workers]:
    """Run the workers of a spool, already told to begin."""
    job = Job(profile=profile_of(kafka, folder), spool=spool.folder, folder=folder)
    job.save()
    async with Workers(folder / FILE_NAME, spool.workers) as workers, asyncio.timeout(_OVER_S_MAX):
        workers.begin(time.time())
        yield workers


async def until(workers: Workers, *, sent: int) -> None:
    """Return when this many records were sent."""
    while workers.sum.sent < sent:  # noqa: ASYNC110 - another process moves
        await asyncio.sleep(0.02)


async def played(kafka: KafkaSettings, spool: Spool, folder: Path) -> None:
    """Play a spool to its end."""
    async with crew(kafka, spool, folder) as workers:
        while not workers.over:  # noqa: ASYNC110 - another process moves
            await asyncio.sleep(0.02)
        await workers.end()


async def log(kafka: KafkaSettings) -> dict[int, list[Record]]:
    """Return all that is in the request topic, by partition."""
    places = [TopicPartition(LINK_REQUESTS.named(kafka.topic_prefix), number) for number in range(3)]
    client = consumer(kafka, auto_offset_reset="earliest")
    await client.start()
    found: dict[int, list[Record]] = defaultdict(list)
    try:
        client.assign(places)
        ends = await client.end_offsets(places)
        while any([await client.position(place) < end for place, end in ends.items()]):
            for place, records in (await client.getmany(timeout_ms=200)).items():
                found[place.partition] += records
    finally:
        await client.stop()
    return found


def left(folder: Path, worker: int = 0) -> dict[str, np.ndarray]:
    """Return what a worker left."""
    with np.load(folder / f"sent-{worker}.npz") as arrays:
        return dict(arrays)


async def test_all_arrives_once_in_the_order_of_its_key(topics: KafkaSettings, tmp_path: Path) -> None:
    numbers = [place % 40 for place in range(2000)]
    spool = spooled(tmp_path, list(requests(numbers, gap_ms=1)), workers=2, pace={"kind": "full-speed"})
    await played(topics, spool, tmp_path)
    there = await log(topics)
    expected = [
        [r[5] for worker in range(2) for r in spool.reader(worker) if r[2] == partition] for partition in range(3)
    ]
    assert [[record.value for record in there[partition]] for partition in range(3)] == expected


async def test_offsets_left_are_those_of_the_log(topics: KafkaSettings, tmp_path: Path) -> None:
    spool = spooled(tmp_path, list(requests(range(500))), pace={"kind": "steady", "per_s": 1000})
    await played(topics, spool, tmp_path)
    there, found = await log(topics), left(tmp_path)
    ready = list(spool.reader(0))
    assert [there[ready[place][2]][offset].value for place, offset in enumerate(found["offset"])] == [
        r[5] for r in ready
    ]


async def test_nothing_goes_before_its_instant(topics: KafkaSettings, tmp_path: Path) -> None:
    spool = spooled(tmp_path, list(requests(range(200), gap_ms=5)))
    await played(topics, spool, tmp_path)
    found = left(tmp_path)
    apart = found["handed_s"] - found["handed_s"][0]
    assert np.all(apart + 0.005 >= spool.instants)
    assert np.all(found["acknowledged_s"] >= found["handed_s"])


async def test_halted_workers_leave_what_they_sent(topics: KafkaSettings, tmp_path: Path) -> None:
    spool = spooled(tmp_path, list(requests(range(1000), gap_ms=20)))
    async with crew(topics, spool, tmp_path) as workers:
        await until(workers, sent=20)
        workers.halt()
        await workers.end()
    handed = np.count_nonzero(~np.isnan(left(tmp_path)["handed_s"]))
    assert 20 <= handed < 1000
    assert handed == sum(len(records) for records in (await log(topics)).values())


@pytest.mark.thorough
@pytest.mark.faults
async def test_a_broker_that_was_away_gets_all_in_order(
    topics: KafkaSettings, kafka_server: Server, tmp_path: Path
) -> None:
    spool = spooled(tmp_path, list(requests(range(1500), gap_ms=2)))
    async with crew(topics, spool, tmp_path) as workers:
        await until(workers, sent=200)
        kafka_server.kill()
        await until(workers, sent=1000)
        acknowledged = workers.sum.acknowledged
        kafka_server.resume()
        while not workers.settled:  # noqa: ASYNC110 - another process moves
            await asyncio.sleep(0.05)
        await workers.end()
    assert acknowledged < 1000
    there = await log(topics)
    ready = list(spool.reader(0))
    assert [[record.value for record in there[number]] for number in range(3)] == [
        [r[5] for r in ready if r[2] == number] for number in range(3)
    ]


async def test_a_record_larger_than_the_broker_takes_fails_alone(topics: KafkaSettings, tmp_path: Path) -> None:
    records = list(requests(range(300), gap_ms=10))
    records[100] = records[100]._replace(value=b"x" * 1_100_000)
    spool = spooled(tmp_path, records)
    async with crew(topics, spool, tmp_path) as workers:
        await until(workers, sent=300)
        await workers.end()
    lost = np.flatnonzero(np.isnan(left(tmp_path)["acknowledged_s"]))
    assert 100 in lost
    assert not np.isnan(left(tmp_path)["acknowledged_s"][-100:]).any()


async def test_workers_without_a_broker_say_so(topics: KafkaSettings, tmp_path: Path) -> None:
    spool = spooled(tmp_path, list(requests(range(3))))
    nowhere = KafkaSettings(kafka_bootstrap_servers="127.0.0.1:9", topic_prefix=topics.topic_prefix)
    with pytest.raises(NoConnection, match="worker 0"):
        await played(nowhere, spool, tmp_path)


async def test_a_full_disk_at_the_end_is_told(topics: KafkaSettings, tmp_path: Path) -> None:
    spool = spooled(tmp_path, list(requests(range(3))))
    (tmp_path / "sent-0.npz.part").mkdir()
    with pytest.raises(Unusable, match="could not be written down"):
        await played(topics, spool, tmp_path)
