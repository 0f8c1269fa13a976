"""Looks at Kafka: that it answers, that the topics are as the table says, that no acknowledged record can be lost."""

import time
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.auth.guard.topics import TOPICS as GUARD_TOPICS
from services.contract.topics import TOPICS
from services.ops.doctor.findings import Finding, error, fine, warning
from services.runtime.kafka import admin, consumer, translated
from services.runtime.settings import KafkaSettings
from services.runtime.topology import Shape, describe

PART: Final = "Kafka"
FUTURE_S_MAX: Final = 60
_COPIES_SAFE: Final = 3
_IN_SYNC_MIN: Final = 2


async def look_at_kafka(settings: KafkaSettings, shape: Shape) -> list[Finding]:
    """Return what is found. `shape` is how many partitions and copies there should be. Raises Transient."""
    names = [topic.named(settings.topic_prefix) for topic in TOPICS]
    async with admin(settings) as client:
        brokers = (await client.describe_cluster())["brokers"]
        described = {each["topic"]: each["partitions"] for each in await client.describe_topics(names)}
        configs = {name: await _config(client, name) for name in names if described.get(name)}
    found = [fine(PART, f"answers, brokers: {len(brokers)}")]
    found += [_difference(sentence) for sentence in await describe(settings, shape, also=GUARD_TOPICS)]
    for name, config in configs.items():
        found += _safety(name, _copies(described[name]), config)
        found += _in_sync(name, described[name])
    present = [name for name in names if described.get(name)]
    return [*found, *await _future(settings, {name: len(described[name]) for name in present})]


def _difference(sentence: str) -> Finding:
    finding, _, fix = sentence.partition(": ")
    return error(PART, finding, fix)


async def _config(client: Any, name: str) -> dict[str, str]:  # noqa: ANN401 - aiokafka has no types
    answers = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    return {entry[0]: entry[1] for answer in answers for resource in answer.resources for entry in resource[4]}


def _copies(partitions: list[dict[str, Any]]) -> int:
    return min(len(each["replicas"]) for each in partitions)


def _safety(name: str, copies: int, config: dict[str, str]) -> list[Finding]:
    found = []
    if config.get("unclean.leader.election.enable") == "true":
        fix = "set unclean.leader.election.enable=false"
        found.append(error(PART, f"{name} may elect a leader that lacks acknowledged records", fix))
    in_sync = int(config.get("min.insync.replicas", "1"))
    if copies >= _COPIES_SAFE and in_sync < _IN_SYNC_MIN:
        fix = f"set min.insync.replicas={_IN_SYNC_MIN}"
        found.append(error(PART, f"{name} acknowledges with {in_sync} copy in sync", fix))
    if copies < _COPIES_SAFE:
        fix = "with more than one broker: TOPIC_REPLICATION_FACTOR=3, and kafka-reassign-partitions for what exists"
        found.append(warning(PART, f"{name} has {copies} copy: a lost disk loses it", fix))
    return found


def _in_sync(name: str, partitions: list[dict[str, Any]]) -> list[Finding]:
    behind = sorted(each["partition"] for each in partitions if len(each["isr"]) < len(each["replicas"]))
    if not behind:
        return []
    return [warning(PART, f"{name}: copies behind on partitions {behind}", "look at the brokers' logs and disks")]


async def _future(settings: KafkaSettings, counts: dict[str, int]) -> list[Finding]:
    """Records carry their producer's clock: one from the future tells of a machine whose clock is wrong."""
    moment_ms = int((time.time() + FUTURE_S_MAX) * 1000)
    asked = {TopicPartition(name, partition): moment_ms for name, count in counts.items() for partition in range(count)}
    if not asked:
        return []
    client = consumer(settings)
    with translated():
        try:
            await client.start()
            answers = await client.offsets_for_times(asked)
        finally:
            await client.stop()
    late = sorted({place.topic for place, found in answers.items() if found is not None})
    if late:
        fix = "run a time service where they are produced"
        return [error("clock", f"{', '.join(late)} holds records from the future", fix)]
    return [fine("clock", "no record is from the future")]
