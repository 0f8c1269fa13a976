"""The scene of the audit's tests: made once, copied for each."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.auth.guard.topics import TOPICS as GUARD_TOPICS
from services.contract.requests import LinkRequested, RequestKind
from services.contract.topics import TOPICS
from services.runtime.kafka import admin
from services.runtime.publish import Message
from services.runtime.settings import KafkaSettings
from services.runtime.topology import Shape, create_topics, make_positions
from tests.backends.databases import Databases
from tests.backends.deployment import Deployment
from tests.backends.servers import Backend
from tests.integration.audit.post import deliver
from tests.integration.audit.scene import Scene, linking
from tests.linking.requests import NOON, message, requested

_PARTITION_COUNT = 3
_RECORDED = """
UPDATE auth.attempts SET transaction_id = l.transaction_id FROM linker.ledger AS l
 WHERE l.request_id = attempts.request_id"""


@pytest.fixture(scope="session")
def clean(backend: Backend, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A system at rest that keeps every promise. Not to be changed: use `scene`."""
    prefix = f"audit{secrets.token_hex(4)}-"
    kafka = KafkaSettings(kafka_bootstrap_servers=backend.bootstrap, topic_prefix=prefix)
    folder = tmp_path_factory.mktemp("audit")
    yield asyncio.run(_play(kafka, databases, folder))
    asyncio.run(_forget(kafka))


@pytest.fixture
async def scene(clean: Scene, databases: Databases, tmp_path: Path) -> AsyncGenerator[Scene]:
    """A copy of the clean scene's database and mailbox; the topics are still shared."""
    database = await databases.copy(clean.deployment.database)
    mailbox = Path(shutil.copytree(clean.mailbox, tmp_path / "mailbox"))
    yield Scene(deployment=replace(clean.deployment, database=database), mailbox=mailbox)
    await databases.drop(database)


async def _play(kafka: KafkaSettings, databases: Databases, folder: Path) -> Scene:
    await create_topics(kafka, Shape(_PARTITION_COUNT), also=GUARD_TOPICS)
    database = await databases.create()
    await make_positions(database.owner_url, _PARTITION_COUNT)
    deployment = Deployment(database=database, kafka=kafka, partition_count=_PARTITION_COUNT)
    scene = Scene(deployment=deployment, mailbox=folder / "mailbox")
    async with linking(deployment, folder):
        for act in _acts():
            await scene.receive(act)
            await scene.publish([message(request) for request in act])
            await scene.caught_up()
        await scene.publish(_garbage())
        await scene.caught_up()
    async with scene.connected() as connection:
        await connection.execute(_RECORDED)
        await deliver(connection, scene.mailbox)
    return scene


def _acts() -> list[list[LinkRequested]]:
    """Acts follow one another; within one, partitions run side by side."""
    people = [requested(number) for number in range(1, 31)]
    refusals = [
        requested(101, cmecf_canonical="login1", cmecf_login="login1"),
        requested(102, pacer_account=people[1].pacer_account),
        requested(103, pacer_account=people[2].pacer_account, cmecf_canonical="login3"),
        requested(104, court_live_at=None),
        requested(105, pacer_upgraded=False),
        requested(106, confirmed_at=NOON + timedelta(minutes=11)),
    ]
    unlink = requested(
        201,
        request=RequestKind.UNLINK,
        pacer_account=people[0].pacer_account,
        cmecf_canonical="login1",
        reason="moved away",
        ordered_by="Clerk",
    )
    return [people, refusals, [unlink], [requested(301, cmecf_canonical="login1")]]


def _garbage() -> list[Message]:
    """A request once more, two records that cannot be read, and an id that comes again with other bytes."""
    return [
        message(requested(5)),
        message(requested(401), value=b"{"),
        message(requested(402))._replace(value=None),
        message(requested(6, pacer_name="Somebody Else")),
    ]


async def _forget(kafka: KafkaSettings) -> None:
    async with admin(kafka) as client:
        await client.delete_topics([topic.named(kafka.topic_prefix) for topic in (*TOPICS, *GUARD_TOPICS)])
