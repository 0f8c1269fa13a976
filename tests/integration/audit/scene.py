"""A deployment in which a real linker decided all that can happen to a request, and every letter was delivered.

Made once per run; each test copies the database, and where it must the topics, and breaks one thing in its copy.
"""

import asyncio
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg

from services.audit.audit import audit
from services.audit.lines import Line
from services.audit.logs import REQUESTS, TRANSACTIONS, ends
from services.audit.settings import AuditSettings
from services.contract.ids import partition_of
from services.contract.requests import LinkRequested
from services.contract.topics import LINK_REQUESTS, LINK_TRANSACTIONS
from services.runtime.publish import Message, OrderedPublisher
from services.runtime.read import Record, reading
from services.runtime.settings import KafkaSettings, load
from tests.backends.deployment import Deployment
from tests.linking.requests import PROOF_KEYS

_CAUGHT_UP_S_MAX = 60.0
_POLL_S = 0.05
_ATTEMPT = """
INSERT INTO auth.attempts (request_id, kind, court_id, pacer_account, cmecf_canonical, state, received_at)
VALUES ($1, $2, $3, $4, $5, 'recorded', $6)"""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A deployment and where its mail lies."""

    deployment: Deployment
    mailbox: Path

    async def execute(self, *statements: str) -> None:
        """Run statements as the owner, who may break anything."""
        async with self.connected() as connection:
            for statement in statements:
                await connection.execute(statement)

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[Any]:
        connection = await asyncpg.connect(self.deployment.database.owner_url)
        try:
            yield connection
        finally:
            await connection.close()

    async def audit(self, **options: Any) -> dict[str, Line]:  # noqa: ANN401 - as `audit` takes them
        settings = load(AuditSettings, **self.deployment.settings("reader"))
        return {line.promise: line for line in await audit(settings, **{"mailbox": str(self.mailbox)} | options)}

    async def receive(self, requests: Iterable[LinkRequested]) -> None:
        """Write the attempts that auth would have committed."""
        rows = [
            (each.request_id, each.request, each.court_id, each.pacer_account, each.cmecf_canonical, each.confirmed_at)
            for each in requests
        ]
        async with self.connected() as connection:
            await connection.executemany(_ATTEMPT, rows)

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish requests, each to the partition of its key."""
        by_partition = defaultdict(list)
        for message in messages:
            by_partition[partition_of(message.key, self.deployment.partition_count)].append(message)
        for partition, ordered in by_partition.items():
            await publish(self.deployment.kafka, LINK_REQUESTS.name, partition, ordered)

    async def caught_up(self) -> None:
        """Return when the linker has taken and published everything."""
        async with asyncio.timeout(_CAUGHT_UP_S_MAX), self.connected() as connection:
            while not await self._at_the_end(connection):  # noqa: ASYNC110 - another process moves
                await asyncio.sleep(_POLL_S)

    async def _at_the_end(self, connection: Any) -> bool:  # noqa: ANN401
        rows = await connection.fetch("SELECT partition, next_offset, next_seq FROM linker.position")
        now = await ends(self.deployment.kafka, REQUESTS, TRANSACTIONS)
        taken = {row["partition"]: row["next_offset"] for row in rows} == now[REQUESTS.table]
        return taken and all(now[TRANSACTIONS.table][row["partition"]] >= row["next_seq"] - 1 for row in rows)


@asynccontextmanager
async def linking(deployment: Deployment, folder: Path) -> AsyncGenerator[None]:
    """Run a linker as a process of its own for the time of a block."""
    env = os.environ | deployment.env("linker") | {"PROOF_KEYS": PROOF_KEYS, "MANAGEMENT_PORT": "0"}
    command = [str(Path(sys.executable).parent / "ecflink"), "linker"]
    with (folder / "linker.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)  # noqa: ASYNC220 - returns at once
    try:
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 20)


async def publish(kafka: KafkaSettings, topic: str, partition: int, messages: Sequence[Message]) -> None:
    publisher = OrderedPublisher(kafka)
    async for _ in publisher.publish(kafka.topic_prefix + topic, partition, messages):
        pass
    await publisher.close()


Alter = Callable[[list[Message]], list[Message]]


async def copied_topics(scene: Scene, kafka: KafkaSettings, *, topic: str = "", alter: Alter = list) -> Scene:
    """Return the scene on topics of its own: the same records at the same offsets, but for what `alter` does to one."""
    old = scene.deployment.kafka
    for name in (LINK_REQUESTS.name, LINK_TRANSACTIONS.name):
        for partition in range(scene.deployment.partition_count):
            messages = [_message(record) for record in await records(old, name, partition)]
            await publish(kafka, name, partition, alter(messages) if name == topic else messages)
    await scene.execute(f"UPDATE linker.dead_letters SET topic = '{kafka.topic_prefix}{LINK_REQUESTS.name}'")  # noqa: S608 - our own names
    return replace(scene, deployment=replace(scene.deployment, kafka=kafka))


async def records(kafka: KafkaSettings, topic: str, partition: int) -> list[Record]:
    async with reading(kafka, kafka.topic_prefix + topic, partition) as reader:
        end = (await reader.bounds()).end
        return [record async for batch in reader.until(end) for record in batch]


def _message(record: Record) -> Message:
    return Message(record.key or b"", record.value, [(name, value or b"") for name, value in record.headers])
