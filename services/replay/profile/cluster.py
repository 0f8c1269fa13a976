"""What a profile's Kafka cluster says of itself: its id, its brokers, and how many partitions each topic has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.contract.topics import TOPICS
from services.runtime.kafka import admin, translated
from services.runtime.settings import KafkaSettings


@dataclass(frozen=True)
class Cluster:
    """A cluster as it answered. `partition_counts` is by the topic's full name; a topic that is missing has 0."""

    cluster_id: str
    broker_count: int
    partition_counts: dict[str, int]

    def missing(self) -> list[str]:
        """Return the topics that were asked for and do not exist."""
        return [name for name, count in self.partition_counts.items() if not count]


async def look_at_cluster(settings: KafkaSettings, topics: Sequence[str] = ()) -> Cluster:
    """Return what the cluster says of itself and of these topics (full names; default: the contract's).

    Raises Transient where no broker answers.
    """
    names = list(topics) or [topic.named(settings.topic_prefix) for topic in TOPICS]
    async with admin(settings) as client:
        with translated():
            about: dict[str, Any] = await client.describe_cluster()
            described = await client.describe_topics(names)
    counts = {each["topic"]: len(each["partitions"]) for each in described}
    return Cluster(str(about["cluster_id"]), len(about["brokers"]), {name: counts.get(name, 0) for name in names})
