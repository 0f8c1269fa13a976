"""The fixtures of every level: servers once per run, started when first asked for; names of its own for each test."""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from services.runtime.settings import KafkaSettings
from services.runtime.topology import make_positions
from tests.backends.choice import choose
from tests.backends.databases import Database, Databases
from tests.backends.deployment import Deployment
from tests.backends.remainder import Remainder
from tests.backends.report import BackendReport
from tests.backends.servers import Backend, Server
from tests.backends.smtp import MailServer
from tests.backends.tally import Tally
from tests.backends.topics import PARTITION_COUNT, TopicSets
from tests.system import System

_REPORT = "backend-report"


def pytest_configure(config: pytest.Config) -> None:
    try:
        choice = choose(os.environ)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(BackendReport(choice), _REPORT)
    config.pluginmanager.register(Tally())
    config.pluginmanager.register(Remainder(config))


@pytest.fixture(scope="session")
def backend(pytestconfig: pytest.Config) -> Iterator[Backend]:
    """Kafka and Postgres of this run; each starts when its address is first read."""
    report = pytestconfig.pluginmanager.get_plugin(_REPORT)
    assert isinstance(report, BackendReport)
    made = report.choice.make()
    yield made
    made.close()


@pytest.fixture
def kafka_server(backend: Backend) -> Server:
    """The broker as something to stop, kill and start again; skips where it is not ours."""
    return _ours(backend.kafka)


@pytest.fixture
def postgres_server(backend: Backend) -> Server:
    """Postgres as something to stop, kill and start again; skips where it is not ours."""
    return _ours(backend.postgres)


@pytest.fixture(scope="session")
def databases(backend: Backend) -> Iterator[Databases]:
    """Makes databases, for tests that need several or longer-lived ones."""
    made = Databases(backend.owner_url)
    yield made
    asyncio.run(made.close())


@pytest.fixture
async def database(databases: Databases) -> AsyncGenerator[Database]:
    """A migrated, empty database of this test's own."""
    made = await databases.create()
    yield made
    await databases.drop(made)


@pytest.fixture(scope="session")
def topic_sets(backend: Backend) -> Iterator[TopicSets]:
    """Makes topics, some tests' worth at a time."""
    made = TopicSets(backend.bootstrap)
    yield made
    asyncio.run(made.close())


@pytest.fixture
async def topics(topic_sets: TopicSets) -> AsyncGenerator[KafkaSettings]:
    """All topics under this test's prefix, each with PARTITION_COUNT partitions."""
    taken = await topic_sets.take()
    yield taken
    await topic_sets.leave(taken)


@pytest.fixture
async def deployment(topics: KafkaSettings, database: Database) -> Deployment:
    """Database, topics and position rows of this test's own."""
    await make_positions(database.owner_url, PARTITION_COUNT)
    return Deployment(database=database, kafka=topics, partition_count=PARTITION_COUNT)


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[MailServer]:
    """A mail server whose answers the test scripts."""
    server = MailServer(tmp_path / "mail")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[MailServer]:
    """The mail server of a rehearsal, beside the real one."""
    server = MailServer(tmp_path / "sink")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def system(deployment: Deployment, smtp: MailServer, tmp_path: Path) -> Iterator[System]:
    """The whole system with the demo people, each role a process; logs in the test's own folder."""
    with System(deployment=deployment, smtp=smtp, folder=tmp_path) as running:
        yield running


def _ours(server: Server | None) -> Server:
    if server is None:
        pytest.skip("an external server is not ours to stop")
    return server
