"""An auth process with the API, made once: real Postgres, real topics, a real socket."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from services.contract.topics import TOPICS
from services.ops.stack.embedded import PEOPLE_PATH
from services.ops.stack.ports import LOOPBACK
from services.runtime.kafka import admin
from services.runtime.settings import KafkaSettings
from services.runtime.topology import Shape, create_topics, make_positions
from tests.backends.databases import Databases
from tests.backends.deployment import Deployment
from tests.backends.servers import Backend
from tests.backends.smtp import MailServer
from tests.integration.api.calls import Caller
from tests.integration.api.people import change, write_people
from tests.system import System

_PARTITION_COUNT = 3
_MANY = {"API_PER_MINUTE": "1000000", "SIGN_IN_ADDRESS_PER_MINUTE": "1000000"}
TRUSTING = {"TRUSTED_PROXIES": LOOPBACK}
"""Takes a filer's address from whoever asks: a proxy, or another deployment that forwards it."""


@contextmanager
def system_of(backend: Backend, databases: Databases, folder: Path, **more: str) -> Iterator[System]:
    """A system of its own with courts and accounts; no role runs yet."""
    kafka = KafkaSettings(kafka_bootstrap_servers=backend.bootstrap, topic_prefix=f"api{secrets.token_hex(4)}-")
    deployment = asyncio.run(_deployment(kafka, databases))
    smtp = MailServer(folder / "mail")
    smtp.start()
    system = System(deployment=deployment, smtp=smtp, folder=folder, more=more)
    try:
        system.run("courts", "load")
        system.run("courts", "go-live", "UTBK")
        for people in (PEOPLE_PATH, write_people(folder / "people.jsonl")):
            system.run("accounts", "import", str(people), role="auth")
        asyncio.run(change(deployment.database.owner_url, system.env("auth")["FACTOR_SECRET"]))
        yield system
    finally:
        system.stop()
        smtp.stop()
        asyncio.run(_forget(kafka))


@pytest.fixture(scope="session")
def served(backend: Backend, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running auth with one account of each kind; limits by address are out of the way, those by account are not."""
    with system_of(backend, databases, tmp_path_factory.mktemp("api"), **_MANY, **TRUSTING) as system:
        system.start("auth")
        yield system


@pytest.fixture
def http(served: System) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=30) as client:
        yield client


@pytest.fixture
def caller(http: httpx.Client) -> Caller:
    """A filing program."""
    return Caller(http)


async def _deployment(kafka: KafkaSettings, databases: Databases) -> Deployment:
    await create_topics(kafka, Shape(_PARTITION_COUNT))
    database = await databases.create()
    await make_positions(database.owner_url, _PARTITION_COUNT)
    return Deployment(database=database, kafka=kafka, partition_count=_PARTITION_COUNT)


async def _forget(kafka: KafkaSettings) -> None:
    async with admin(kafka) as client:
        await client.delete_topics([topic.named(kafka.topic_prefix) for topic in TOPICS])
