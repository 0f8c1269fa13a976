"""A lane whose batch failed gets a new client once; what falls with the old one breaks nothing more."""

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np

from services.replay.run.lanes import Lanes
from services.replay.run.pacing import Watch
from services.replay.run.sent import Sent
from services.runtime.settings import KafkaSettings

LANE = ("link-requests-v1", 0)


class _Lanes(Lanes):
    """With clients that are nothing but names: these tests send nothing. `renewals`: how often one was asked for."""

    def __init__(self) -> None:
        settings = KafkaSettings(kafka_bootstrap_servers="kafka.example.org:9092")
        self.sent = Sent(np.arange(9, dtype=np.uint32))
        super().__init__(settings, self.sent, Watch(), buffer_bytes_max=1000)
        self.renewals = 0

    async def _connect(self) -> Any:  # noqa: ANN401 - aiokafka carries no types
        self.renewals += 1
        client = object()
        self._clients.append(client)
        return client

    async def fail(self, client: object) -> None:
        """Let a batch of one record fail that this client holds."""
        future = asyncio.get_running_loop().create_future()
        future.set_exception(ConnectionError("out of order"))
        batch: Any = SimpleNamespace(client=client, positions=[0], bytes=0)
        self._done(LANE, batch, future)
        await asyncio.sleep(0)
        if self._renewing is not None:
            await self._renewing


async def test_a_failed_batch_gives_its_lane_a_new_client() -> None:
    lanes = _Lanes()
    first = await lanes._connect()  # noqa: SLF001 - as `start` does, without a broker
    await lanes.fail(first)
    assert lanes.renewals == 2


async def test_what_falls_with_the_old_client_leaves_the_new_one_its_lane() -> None:
    lanes = _Lanes()
    first = await lanes._connect()  # noqa: SLF001 - as `start` does, without a broker
    await lanes.fail(first)
    await lanes.fail(first)
    assert lanes.renewals == 2
    assert lanes.sent.failed == 2
