"""Creating the topics from the contract's table, and the position row of each partition; differences are told, not
mended.

Run by `ecflink topics`. A topic's number of partitions is for ever: keys, transaction ids and positions hang on it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import asyncpg
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.contract.topics import LINK_REQUESTS, LINK_TRANSACTIONS, TOPICS, Topic
from services.runtime.database import translated as database_translated
from services.runtime.kafka import admin, translated
from services.runtime.settings import KafkaSettings

_POSITIONED: Final = {"linker": LINK_REQUESTS, "notifier": LINK_TRANSACTIONS}
_CREATE_TIMEOUT_MS: Final = 30_000
_SETTLE_ATTEMPTS_MAX: Final = 50
_SETTLE_POLL_S: Final = 0.2
_UNKNOWN_TOPIC: Final = 3
_TOPIC_EXISTS: Final = 36


class NewTopicSpec(NamedTuple):
    """A topic that is not in the contract, as it belongs to one role alone: its name without the prefix."""

    name: str
    config: dict[str, str]

    def named(self, prefix: str) -> str:
        """Return the name on the broker."""
        return prefix + self.name


class Shape(NamedTuple):
    """How many partitions and copies each topic gets."""

    partition_count: int
    replication_factor: int = 1


async def create_topics(
    settings: KafkaSettings, shape: Shape, also: Sequence[NewTopicSpec] = ()
) -> tuple[list[str], list[str]]:
    """Create what is missing. Returns the names created, and a sentence for each difference found in what exists."""
    created = []
    topics: tuple[Topic | NewTopicSpec, ...] = (*TOPICS, *also)
    async with admin(settings) as client:
        for topic in topics:
            new = NewTopic(
                topic.named(settings.topic_prefix),
                shape.partition_count,
                shape.replication_factor,
                topic_configs=_config(topic, shape),
            )
            with translated():
                answer = await client.create_topics([new], timeout_ms=_CREATE_TIMEOUT_MS)
            name, code, *message = answer.topic_errors[0]
            if code == 0:
                created.append(name)
            elif code != _TOPIC_EXISTS:
                sentence = (
                    f"topic {name} could not be created: error {code} {' '.join(str(part) for part in message if part)}"
                )
                return created, [sentence]
        differences = await _differences(client, settings.topic_prefix, shape, topics)
        # A broker hears of a new topic a moment after the controller made it.
        for _ in range(_SETTLE_ATTEMPTS_MAX if created else 0):
            if not differences:
                break
            await asyncio.sleep(_SETTLE_POLL_S)
            differences = await _differences(client, settings.topic_prefix, shape, topics)
    return created, differences


async def describe(settings: KafkaSettings, shape: Shape, also: Sequence[NewTopicSpec] = ()) -> list[str]:
    """Return a sentence for each topic that is missing or differs from the table."""
    async with admin(settings) as client:
        return await _differences(client, settings.topic_prefix, shape, (*TOPICS, *also))


def _config(topic: Topic | NewTopicSpec, shape: Shape) -> dict[str, str]:
    in_sync = {"min.insync.replicas": "2"} if shape.replication_factor > 2 else {}  # noqa: PLR2004 - of three copies, two
    return topic.config | in_sync


async def _differences(
    client: Any,  # noqa: ANN401 - aiokafka has no types
    prefix: str,
    shape: Shape,
    topics: Sequence[Topic | NewTopicSpec],
) -> list[str]:
    found = []
    with translated():
        described = {
            each["topic"]: each for each in await client.describe_topics([topic.named(prefix) for topic in topics])
        }
        resources = [ConfigResource(ConfigResourceType.TOPIC, topic.named(prefix)) for topic in topics]
        answers = [await client.describe_configs([resource]) for resource in resources]
    for topic, answer in zip(topics, answers, strict=True):
        name = topic.named(prefix)
        about = described[name]
        if about["error_code"] == _UNKNOWN_TOPIC:
            found.append(f"topic {name} does not exist: run `ecflink topics`")
            continue
        if len(about["partitions"]) != shape.partition_count:
            found.append(
                f"topic {name} has {len(about['partitions'])} partitions, not {shape.partition_count}: "
                "set TOPIC_PARTITIONS to what exists, or make a new deployment with another TOPIC_PREFIX"
            )
        actual = {entry[0]: entry[1] for response in answer for resource in response.resources for entry in resource[4]}
        found += [
            f"topic {name} has {key}={actual.get(key)}, not {value}: change it with kafka-configs if that was not meant"
            for key, value in _config(topic, shape).items()
            if actual.get(key) != value
        ]
    return found


async def partition_count(settings: KafkaSettings, topic: Topic) -> int:
    """Return how many partitions a topic has on the broker; 0 where it does not exist."""
    async with admin(settings) as client:
        with translated():
            about = (await client.describe_topics([topic.named(settings.topic_prefix)]))[0]
    return len(about["partitions"])


async def make_positions(owner_url: str, count: int, *, owner_password: str | None = None) -> list[str]:
    """Make the position rows of linker and notifier that are missing. Returns a sentence for each that disagrees."""
    found = []
    with database_translated():
        connection = await asyncpg.connect(owner_url, password=owner_password)
        try:
            for schema, topic in _POSITIONED.items():
                await connection.execute(
                    f"INSERT INTO {schema}.position (partition, partition_count)"  # noqa: S608 - a constant
                    " SELECT number, $1::integer FROM generate_series(0, $1 - 1) AS number"
                    f" WHERE NOT EXISTS (SELECT FROM {schema}.position) ON CONFLICT DO NOTHING",
                    count,
                )
                stored = await connection.fetchval(f"SELECT max(partition_count) FROM {schema}.position")  # noqa: S608
                if stored != count:
                    found.append(
                        f"{schema} has positions for {stored} partitions of {topic.name}, not {count}: "
                        "that number is for ever"
                    )
        finally:
            await connection.close()
    return found
