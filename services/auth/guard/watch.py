"""The progress watchdog: while records wait and none is counted for `progress_s_max`, /livez says dead.

It asks the broker itself where the logins end, with a client of its own, so that a stream that hangs is told from one
that has nothing to do. While the broker does not answer there is nothing to judge: not ready, but alive.
"""

import asyncio
from typing import Any, Final

from aiokafka import TopicPartition

from services.auth.guard.metrics import Metrics
from services.auth.guard.settings import GuardSettings
from services.auth.guard.state import State
from services.contract.topics import AUTH_LOGINS
from services.runtime.faults import Transient
from services.runtime.health import Health
from services.runtime.kafka import consumer, translated
from services.runtime.log import log

PROBE_S: Final = 2.0
ANSWER_S_MAX: Final = 5.0
_PROGRESS: Final = "progress"
KAFKA: Final = "kafka"


class Watch:
    """Watches `state.next_offsets` against the topic's ends."""

    def __init__(self, settings: GuardSettings, state: State, metrics: Metrics, health: Health) -> None:
        self._settings = settings
        self._state = state
        self._metrics = metrics
        self._health = health
        self._reached: dict[int, int] = {}

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._beat()
            try:
                await self._watch()
            except Transient as trouble:
                self._health.waiting(KAFKA, str(trouble))
                log.warning("guard.no-broker", cause=str(trouble))
            await asyncio.sleep(PROBE_S)

    async def _watch(self) -> None:
        client = consumer(self._settings)
        try:
            with translated():
                await client.start()
            while True:
                self.judge(await self._ends(client))
                self._health.ready(KAFKA)
                await asyncio.sleep(PROBE_S)
        finally:
            await client.stop()

    async def _ends(self, client: Any) -> dict[int, int]:  # noqa: ANN401 - aiokafka has no types
        topic = AUTH_LOGINS.named(self._settings.topic_prefix)
        places = [TopicPartition(topic, number) for number in self._state.next_offsets]
        with translated():
            found = await asyncio.wait_for(client.end_offsets(places), ANSWER_S_MAX) if places else {}
        return {place.partition: end for place, end in found.items()}

    def judge(self, ends: dict[int, int]) -> None:
        """Beat unless records wait and none was counted since the last look. `ends` are next offsets by partition."""
        reached = dict(self._state.next_offsets)
        lags = {partition: max(0, end - reached.get(partition, 0)) for partition, end in ends.items()}
        for partition, lag in lags.items():
            self._metrics.lag.labels(str(partition)).set(lag)
        if not any(lags.values()) or reached != self._reached:
            self._beat()
        self._reached = reached

    def _beat(self) -> None:
        self._health.beat(_PROGRESS, within_s=self._settings.progress_s_max)
