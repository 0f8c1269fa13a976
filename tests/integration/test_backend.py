"""The ground that every other integration test stands on: servers, databases, topics, and what a restart keeps."""

import asyncpg

from services.auth.guard.topics import TOPICS as GUARD_TOPICS
from services.contract.topics import LINK_REQUESTS, TOPICS
from services.runtime.kafka import admin
from services.runtime.settings import KafkaSettings
from services.runtime.topology import Shape, describe, partition_count
from tests.backends.databases import Database, Databases
from tests.backends.deployment import Deployment
from tests.backends.servers import Server
from tests.backends.topics import PARTITION_COUNT


async def test_databases_are_apart(databases: Databases, database: Database) -> None:
    other = await databases.create()
    await _execute(database.owner_url, "CREATE TABLE public.mine (n int)")

    assert await _value(other.owner_url, "SELECT to_regclass('public.mine')") is None
    await databases.drop(other)


async def test_database_is_migrated_and_roles_log_in(database: Database) -> None:
    settings = database.settings("linker")

    connection = await asyncpg.connect(settings["database_url"], password=settings["database_password"])
    try:
        assert await connection.fetchval("SELECT count(*) FROM linker.position") == 0
    finally:
        await connection.close()


async def test_topics_have_this_tests_prefix(topics: KafkaSettings) -> None:
    async with admin(topics) as client:
        ours = {name for name in await client.list_topics() if name.startswith(topics.topic_prefix)}

    contract = {topic.named(topics.topic_prefix) for topic in TOPICS}
    assert ours == contract | {topics.topic_prefix + topic.name for topic in GUARD_TOPICS}


async def test_topics_are_as_the_command_makes_them(topics: KafkaSettings) -> None:
    assert await describe(topics, Shape(PARTITION_COUNT), also=GUARD_TOPICS) == []


async def test_committed_rows_outlive_a_killed_postgres(database: Database, postgres_server: Server) -> None:
    await _execute(database.owner_url, "CREATE TABLE public.kept AS SELECT 7 AS n")

    postgres_server.kill()
    postgres_server.resume()

    assert await _value(database.owner_url, "SELECT n FROM public.kept") == 7


async def test_topics_outlive_a_killed_broker(deployment: Deployment, kafka_server: Server) -> None:
    kafka_server.kill()
    kafka_server.resume()

    assert await partition_count(deployment.kafka, LINK_REQUESTS) == deployment.partition_count


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
