"""`ecflink migrate` and `ecflink topics`: the two explicit, repeatable steps before any role starts."""

import asyncio
from typing import Self

from pydantic import Field, model_validator

from services.auth.guard.topics import TOPICS as GUARD_TOPICS
from services.contract.noticekeys import NoticeKeys
from services.ops import notice_keys
from services.runtime.migrations import READER, SERVICES
from services.runtime.migrations import migrate as run_migrations
from services.runtime.screen import say, warn
from services.runtime.settings import DatabaseSettings, KafkaSettings, Secret, load
from services.runtime.topology import Shape, create_topics, make_positions


class MigrateSettings(DatabaseSettings):
    """Settings of `ecflink migrate`; the database is reached as its owner."""

    database_password_auth: Secret = Field(description="Given to the login role ecflink_auth.")
    database_password_linker: Secret = Field(description="Given to the login role ecflink_linker.")
    database_password_notifier: Secret = Field(description="Given to the login role ecflink_notifier.")
    database_password_reader: Secret = Field(description="Given to ecflink_reader, which ops and audit use.")
    notice_keys: Secret = Field(description="The notifier's NOTICE_KEYS: their public halves are stored for auth.")

    @model_validator(mode="after")
    def _notice_keys_parse(self) -> Self:
        NoticeKeys.parse(self.notice_keys.get_secret_value())
        return self


class TopicsSettings(DatabaseSettings, KafkaSettings):
    """Settings of `ecflink topics`; the database is reached as its owner."""

    topic_partitions: int = Field(6, ge=1, le=1000, description="Partitions of each topic: for ever.")
    topic_replication_factor: int = Field(1, ge=1, le=5, description="Copies of each; 3 in a cluster.")


def migrate() -> int:
    """Bring the database to this version: schemas, tables and login roles."""
    settings = load(MigrateSettings)
    passwords = {
        name: getattr(settings, f"database_password_{name}").get_secret_value() for name in (*SERVICES, READER)
    }
    applied = asyncio.run(_migrate(settings, passwords))
    say("\n".join(f"applied {name}" for name in applied) or "the database is up to date")
    return 0


async def _migrate(settings: MigrateSettings, passwords: dict[str, str]) -> list[str]:
    owner_password = settings.database_password.get_secret_value()
    applied = await run_migrations(settings.database_url, passwords, owner_password=owner_password)
    await notice_keys.store(settings.database_url, settings.notice_keys.get_secret_value(), owner_password)
    return applied


def topics() -> int:
    """Create the topics and position rows that are missing; tell what exists and differs."""
    return asyncio.run(_topics(load(TopicsSettings)))


async def _topics(settings: TopicsSettings) -> int:
    shape = Shape(settings.topic_partitions, settings.topic_replication_factor)
    created, differences = await create_topics(settings, shape, also=GUARD_TOPICS)
    differences += await make_positions(
        settings.database_url, shape.partition_count, owner_password=settings.database_password.get_secret_value()
    )
    say("\n".join(f"created {name}" for name in created) or "all topics exist")
    for sentence in differences:
        warn(sentence)
    return 1 if differences else 0
