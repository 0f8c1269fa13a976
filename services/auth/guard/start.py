"""Before the stream starts: is the broker there, are the topics, and was the state lost?

Where the state's topic was made anew (it was thrown away, or `ecflink guard rebuild` did) while the group remembers how
far it had read, the group is set back to the beginning of the logins: the guard then counts them all again.
"""

from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.auth.guard.settings import GuardSettings
from services.auth.guard.topics import APP, STATE, TOPICS
from services.contract.topics import AUTH_LOGINS, AUTH_THROTTLES
from services.runtime.faults import Halt, Transient
from services.runtime.kafka import admin, consumer, translated
from services.runtime.log import log

_EMPTY_GROUP: Final = ("Empty", "Dead")


async def positions(settings: GuardSettings) -> dict[int, int]:
    """Return from which offset of each partition of the logins the stream will start.

    Raises Transient while Kafka does not answer or a topic is missing, Halt where the topics do not fit together.
    """
    counts = await _partition_counts(settings)
    logins, state = settings.topic_prefix + AUTH_LOGINS.name, settings.topic_prefix + STATE
    if counts[logins] != counts[state]:
        raise Halt(
            f"topic {state} has {counts[state]} partitions, {logins} has {counts[logins]}: "
            "stop the guard, run `ecflink guard rebuild`, start it again"
        )
    client = consumer(settings, group_id=settings.topic_prefix + APP)
    try:
        with translated():
            await client.start()
            return await _resumed(client, logins, state, counts[logins])
    finally:
        await client.stop()


async def _resumed(client: AIOKafkaConsumer, logins: str, state: str, count: int) -> dict[int, int]:
    places = [TopicPartition(logins, number) for number in range(count)]
    client.assign(places)
    begins = await client.beginning_offsets(places)
    committed = {place: await client.committed(place) for place in places}
    written = (await client.end_offsets([TopicPartition(state, number) for number in range(count)])).values()
    if not any(written) and any(offset is not None and offset > begins[place] for place, offset in committed.items()):
        log.warning("guard.state-lost", action="counting all logins again")
        await client.commit(begins)
        committed = begins
    return {place.partition: max(committed[place] or 0, begins[place]) for place in places}


async def _partition_counts(settings: GuardSettings) -> dict[str, int]:
    names = [settings.topic_prefix + name for name in (AUTH_LOGINS.name, AUTH_THROTTLES.name, STATE)]
    async with admin(settings) as client:
        described = await client.describe_topics(names)
    counts = {each["topic"]: len(each["partitions"]) for each in described}
    for name in names:
        if not counts.get(name):
            raise Transient(f"topic {name} does not exist: run `ecflink topics`")
    return counts


async def forget_state(settings: GuardSettings) -> None:
    """Delete the state's topic. Raises Halt while a guard is in the group.

    `ecflink topics` makes it again; the next start then counts from the beginning.
    """
    async with admin(settings) as client:
        for group in await _groups(client, settings.topic_prefix + APP):
            if group not in _EMPTY_GROUP:
                raise Halt("a guard is running, or was killed less than ten seconds ago: stop it, then try again")
        await client.delete_topics([settings.topic_prefix + spec.name for spec in TOPICS])


async def _groups(client: Any, group: str) -> list[str]:  # noqa: ANN401 - aiokafka has no types
    with translated():
        answers = await client.describe_consumer_groups([group])
    # (error code, group, state, …) of each
    return [str(found[2]) for answer in answers for found in answer.groups if not found[0]]
