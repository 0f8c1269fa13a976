"""A deployment with linkers as processes: send requests, start, kill and freeze linkers, wait, audit.

auth is stood in for by the rows that it would have written, so that the audit can hold the ledger against them.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import asyncpg
from aiokafka import TopicPartition

from services.audit.audit import audit
from services.audit.lines import Verdict
from services.audit.settings import AuditSettings
from services.contract.ids import partition_of
from services.contract.requests import LinkRequested
from services.contract.topics import LINK_REQUESTS, LINK_TRANSACTIONS, Topic
from services.runtime.kafka import consumer
from services.runtime.publish import Message, OrderedPublisher
from services.runtime.settings import load
from tests.backends.deployment import Deployment
from tests.linking.requests import PROOF_KEYS, message

CAUGHT_UP_S_MAX: Final = 60.0
_END_S_MAX: Final = 20.0
_POLL_S: Final = 0.05
_LINKER: Final = ("-m", "services.ops", "linker")
# Without a notifier nothing is mailed: P6 has its own tests.
_PROMISES: Final = ("P1", "P2", "P3", "P4", "P5", "P7", "P9")
_ATTEMPT: Final = """
INSERT INTO auth.attempts (request_id, kind, court_id, pacer_account, cmecf_canonical, state, received_at)
VALUES ($1, $2, $3, $4, $5, 'received', $6)"""

_RECORDED: Final = """
UPDATE auth.attempts SET state = 'recorded', transaction_id = l.transaction_id, recorded_at = now()
  FROM linker.ledger AS l WHERE l.request_id = attempts.request_id"""


@dataclass
class Stage:
    """A `with` block around linkers; all that still run are ended with it."""

    deployment: Deployment
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes:
            process.wait(_END_S_MAX)

    def start(self, *arguments: str, instance: str = "linker-1", **settings: str) -> subprocess.Popen[bytes]:
        """Start a linker; `arguments` replace the ordinary one, `settings` add to its environment."""
        env = os.environ | self.deployment.env("linker") | {"PROOF_KEYS": PROOF_KEYS, "MANAGEMENT_PORT": "0"}
        env |= {"INSTANCE_ID": instance} | settings
        with (self.folder / f"{instance}.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, *(arguments or _LINKER)], env=env, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    async def ended(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for a linker to end by itself and return its exit code."""
        return await asyncio.to_thread(process.wait, CAUGHT_UP_S_MAX)

    def log(self, instance: str = "linker-1") -> str:
        """Return what a linker logged so far."""
        return (self.folder / f"{instance}.log").read_text(encoding="utf-8")

    async def logged(self, action: str, instance: str = "linker-1") -> None:
        """Return when a linker has logged this action."""
        async with asyncio.timeout(CAUGHT_UP_S_MAX):
            while f'"{action}"' not in self.log(instance):  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(_POLL_S)

    async def send(self, requests: Iterable[LinkRequested], *, attempts: bool = True) -> None:
        """Write the attempts and publish the requests, each to the partition of its key."""
        asked = list(requests)
        rows = [
            (each.request_id, each.request, each.court_id, each.pacer_account, each.cmecf_canonical, each.confirmed_at)
            for each in asked
        ]
        if attempts:
            async with asyncpg.create_pool(self.deployment.database.owner_url, min_size=1, max_size=1) as pool:
                await pool.executemany(_ATTEMPT, rows)
        await self.publish([message(each) for each in asked])

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish records, each to the partition of its key."""
        by_partition = defaultdict(list)
        for each in messages:
            by_partition[partition_of(each.key, self.deployment.partition_count)].append(each)
        for partition, ordered in by_partition.items():
            await self.publish_to(LINK_REQUESTS.name, partition, ordered)

    async def publish_to(self, topic: str, partition: int, messages: Sequence[Message]) -> None:
        """Publish records to one partition of a topic of this deployment."""
        publisher = OrderedPublisher(self.deployment.kafka)
        async for _ in publisher.publish(self.deployment.kafka.topic_prefix + topic, partition, messages):
            pass
        await publisher.close()

    async def fetch(self, statement: str, *values: object) -> list[Any]:
        """Run a statement as the database's owner and return its rows."""
        connection = await asyncpg.connect(self.deployment.database.owner_url)
        try:
            rows: list[Any] = await connection.fetch(statement, *values)
        finally:
            await connection.close()
        return rows

    async def caught_up(self) -> None:
        """Return when every record is taken and every row published."""
        async with asyncio.timeout(CAUGHT_UP_S_MAX):
            while not await self._at_the_end():  # noqa: ASYNC110 - another process moves
                await asyncio.sleep(_POLL_S)

    async def _at_the_end(self) -> bool:
        rows = await self.fetch("SELECT partition, next_offset, next_seq FROM linker.position")
        taken, published = await self.ends(LINK_REQUESTS), await self.ends(LINK_TRANSACTIONS)
        return all(
            row["next_offset"] == taken[row["partition"]] and row["next_seq"] - 1 <= published[row["partition"]]
            for row in rows
        )

    async def ends(self, topic: Topic) -> dict[int, int]:
        """Return the end offset of each partition of a topic of this deployment."""
        kafka = self.deployment.kafka
        places = [
            TopicPartition(topic.named(kafka.topic_prefix), number) for number in range(self.deployment.partition_count)
        ]
        client = consumer(kafka)
        try:
            await client.start()
            found = await client.end_offsets(places)
        finally:
            await client.stop()
        return {place.partition: offset for place, offset in found.items()}

    async def breaches(self) -> list[str]:
        """Return the audit's lines that are not clean; none means that every promise was kept."""
        await self.fetch(_RECORDED)
        lines = await audit(load(AuditSettings, **self.deployment.settings("reader")))
        return [str(line) for line in lines if line.promise in _PROMISES and line.verdict is not Verdict.CLEAN]
