"""What the linker must not go on from: it stops and names the cause, and nothing is committed."""

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.admin.records_to_delete import RecordsToDelete

from services.contract.topics import LINK_REQUESTS, LINK_TRANSACTIONS, Topic
from services.runtime.kafka import admin
from tests.backends.databases import Databases
from tests.faults.linker.test_kills import people
from tests.linking.requests import message, requested
from tests.linking.stage import Stage

pytestmark = pytest.mark.faults
HALTED = 3


async def worked(stage: Stage, count: int = 30) -> None:
    """Let a linker work and end, so that there is something to remember."""
    process = stage.start()
    await stage.send(people(1, count))
    await stage.caught_up()
    await stage.send(people(count + 1, count))
    await stage.caught_up()
    process.terminate()
    await stage.ended(process)


async def halted(stage: Stage) -> str:
    """Start a linker, see it stop by itself, and return the cause that it named."""
    assert await stage.ended(stage.start()) == HALTED
    (line,) = [line for line in stage.log().splitlines() if '"role.halted"' in line][:1]
    return line


async def made_again(stage: Stage, topic: Topic) -> None:
    name = topic.named(stage.deployment.kafka.topic_prefix)
    async with admin(stage.deployment.kafka) as client:
        await client.delete_topics([name])
        while name in await client.list_topics():
            pass
        answer = await client.create_topics([NewTopic(name, stage.deployment.partition_count, 1)])
        assert answer.topic_errors[0][1] == 0


async def test_request_topic_made_again(stage: Stage) -> None:
    await worked(stage)
    await made_again(stage, LINK_REQUESTS)
    assert "was the topic made again?" in await halted(stage)


@pytest.mark.thorough
async def test_request_topic_made_again_and_refilled(stage: Stage) -> None:
    await worked(stage)
    await made_again(stage, LINK_REQUESTS)
    await stage.publish([message(requested(number)) for number in range(1001, 1200)])
    assert "is not the one remembered" in await halted(stage)


@pytest.mark.thorough
async def test_requests_deleted_unread(stage: Stage) -> None:
    await worked(stage)
    await stage.send(people(1001, 90))
    await emptied(stage, LINK_REQUESTS)
    assert "records were deleted unread" in await halted(stage)


@pytest.mark.thorough
async def test_output_topic_emptied(stage: Stage) -> None:
    await worked(stage)
    await emptied(stage, LINK_TRANSACTIONS)
    assert "was the topic emptied?" in await halted(stage)


@pytest.mark.thorough
async def test_output_topic_made_again(stage: Stage) -> None:
    await worked(stage)
    await made_again(stage, LINK_TRANSACTIONS)
    assert "was the topic emptied?" in await halted(stage)


@pytest.mark.thorough
async def test_database_restored_to_an_earlier_state(stage: Stage, databases: Databases) -> None:
    await worked(stage)
    earlier = await databases.copy(stage.deployment.database)
    await worked_on(stage)
    assert "was the database restored to an earlier state?" in await restored(stage, earlier.url("linker"))
    await databases.drop(earlier)


@pytest.mark.thorough
async def test_another_number_of_partitions(stage: Stage) -> None:
    await worked(stage)
    await stage.fetch("UPDATE linker.position SET partition_count = partition_count + 1")
    assert "partitions" in await halted(stage)


async def test_no_position_row(stage: Stage) -> None:
    await stage.fetch("DELETE FROM linker.position")
    assert "run `ecflink topics`" in await halted(stage)


async def worked_on(stage: Stage) -> None:
    process = stage.start()
    await stage.send(people(501, 60))
    await stage.caught_up()
    process.terminate()
    await stage.ended(process)


async def restored(stage: Stage, url: str) -> str:
    assert await stage.ended(stage.start(DATABASE_URL=url)) == HALTED
    return stage.log()


async def emptied(stage: Stage, topic: Topic) -> None:
    """Delete every record of a topic."""
    name = topic.named(stage.deployment.kafka.topic_prefix)
    ends = await stage.ends(topic)
    async with admin(stage.deployment.kafka) as client:
        await client.delete_records(
            {TopicPartition(name, number): RecordsToDelete(before_offset=end) for number, end in ends.items()}
        )
