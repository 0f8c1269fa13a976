"""All topics of a deployment for each test, under a prefix of its own.

Made and removed some sets at a time: a request costs the broker as much for one set as for several.
"""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka.admin import NewTopic

from services.auth.guard.topics import TOPICS as GUARD_TOPICS
from services.contract.topics import TOPICS
from services.runtime.kafka import admin
from services.runtime.settings import KafkaSettings

PARTITION_COUNT: Final = 3
_SETS_PER_REQUEST: Final = 8
_CREATE_S_MAX: Final = 30
_POLL_S: Final = 0.02


@dataclass
class TopicSets:
    """Hands out sets of topics that nobody used before. Names carry the run: two runs on one broker do not meet."""

    bootstrap: str
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    _made_count: int = 0
    _ready: list[KafkaSettings] = field(default_factory=list)
    _used: list[KafkaSettings] = field(default_factory=list)

    async def take(self) -> KafkaSettings:
        """Return the settings under whose prefix all topics are, each empty with PARTITION_COUNT partitions."""
        if not self._ready:
            await self._make()
        return self._ready.pop()

    async def leave(self, taken: KafkaSettings) -> None:
        """Say that a set is no longer used; it is removed with some others, and what a test added to it."""
        self._used.append(taken)
        if len(self._used) >= _SETS_PER_REQUEST:
            await self._remove()

    async def close(self) -> None:
        """Remove all that is left."""
        self._used += self._ready
        self._ready = []
        if self._used:
            await self._remove()

    async def _make(self) -> None:
        made = [self._named(f"t{self.run}-{self._made_count + number}-") for number in range(_SETS_PER_REQUEST)]
        self._made_count += len(made)
        new = [
            NewTopic(topic.named(each.topic_prefix), PARTITION_COUNT, 1, topic_configs=topic.config)
            for each in made
            for topic in (*TOPICS, *GUARD_TOPICS)
        ]
        async with admin(made[0]) as client, asyncio.timeout(_CREATE_S_MAX):
            answer = await client.create_topics(new, timeout_ms=_CREATE_S_MAX * 1000)
            assert not [error for error in answer.topic_errors if error[1]], answer.topic_errors
            await _led(client, [topic.name for topic in new])
        self._ready = made

    async def _remove(self) -> None:
        prefixes = tuple(each.topic_prefix for each in self._used)
        async with admin(self._used[0]) as client:
            await client.delete_topics([name for name in await client.list_topics() if name.startswith(prefixes)])
        self._used = []

    def _named(self, prefix: str) -> KafkaSettings:
        return KafkaSettings(kafka_bootstrap_servers=self.bootstrap, topic_prefix=prefix)


async def _led(client: Any, names: list[str]) -> None:  # noqa: ANN401 - aiokafka has no types
    """Wait until the broker has heard of every partition: that is a moment after the controller made it."""
    while True:
        topics = await client.describe_topics(names)
        partitions = [partition for topic in topics for partition in topic["partitions"]]
        led = [partition for partition in partitions if partition["leader"] >= 0]
        if len(led) == len(names) * PARTITION_COUNT:
            return
        await asyncio.sleep(_POLL_S)
