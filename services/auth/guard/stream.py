"""The Faust application: one agent over `auth-logins-v1`, one table whose changelog holds the guard's state.

Faust loses an event when its agent raises, and commits past events in flight when there are several agents (measured);
so there is one, it keeps its acknowledgements back until the state is stored, and trouble ends the whole application,
which is then built anew. What is delivered again is not counted again (see marks.py).
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import faust
from faust.tables.table import Table

from services.auth.guard.settings import GuardSettings
from services.auth.guard.topics import APP, TABLE
from services.contract.topics import AUTH_LOGINS
from services.runtime.kafka import connection

COMMIT_S: Final = 1.0
SESSION_TIMEOUT_S: Final = 10.0
HEARTBEAT_S: Final = 2.0
LINGER_S: Final = 0.02
SLICE: Final = 20


class StateTable(Table[bytes, bytes]):
    """A table that can wait until the broker has acknowledged what was written to it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - the library's signature
        super().__init__(*arguments, **options)
        self._sent: list[asyncio.Future[Any]] = []

    def send_changelog(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        """Write to the changelog, and remember to wait for it."""
        sent = super().send_changelog(*arguments, **options)
        self._sent.append(sent)
        return sent

    async def store(self, changes: dict[bytes, bytes | None]) -> None:
        """Write, and return once all is acknowledged."""
        if not changes:
            return
        # Faust picks a partition without asking the broker first, and fails where it knows nothing of the topic yet.
        await self.app.producer._ensure_producer().partitions_for(self.changelog_topic_name)  # type: ignore[attr-defined]  # noqa: SLF001
        for number, (key, value) in enumerate(changes.items()):
            if number % SLICE == 0:
                await asyncio.sleep(0)  # a verdict must not wait until all is written
            if value is not None:
                self[key] = value
            elif key in self.data:
                del self[key]
        sent, self._sent = self._sent, []
        await asyncio.gather(*sent)

    def stored(self) -> list[tuple[bytes, bytes]]:
        """Return all that is stored."""
        return list(self.data.items())


def faust_app(settings: GuardSettings, partition_count: int) -> faust.App:
    """Return an application that has no agent and no table yet. Every option that matters is written out."""
    settings.state_path.mkdir(parents=True, exist_ok=True)
    return faust.App(
        settings.topic_prefix + APP,
        broker=[f"kafka://{server}" for server in settings.kafka_bootstrap_servers.split(",")],
        broker_credentials=_credentials(settings),
        broker_client_id="ecflink-guard",
        broker_commit_interval=COMMIT_S,
        broker_session_timeout=SESSION_TIMEOUT_S,
        broker_heartbeat_interval=HEARTBEAT_S,
        broker_check_crcs=True,
        consumer_group_instance_id=settings.instance_id,
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_linger=LINGER_S,
        producer_threaded=False,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
        store="memory://",
        datadir=settings.state_path,
        Table=StateTable,
        table_standby_replicas=0,
        topic_partitions=partition_count,
        topic_replication_factor=1,  # never used: `ecflink topics` makes the topics
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        web_bind="127.0.0.1",
        web_tables_enabled=False,
        web_router_enabled=False,
        worker_redirect_stdouts=False,
        autodiscover=False,
    )


def state_table(app: faust.App) -> StateTable:
    """Return the table. It is keyed otherwise than the source, so Kafka's partitioner places its keys."""
    table = app.Table(TABLE, key_type=bytes, value_type=bytes, use_partitioner=True)
    assert isinstance(table, StateTable)
    return table


def count_with(app: faust.App, settings: GuardSettings, take: Callable[[Any, Any], Any]) -> Any:  # noqa: ANN401
    """Give the app its agent: `await take(stream, event)` for each record in turn, and the agent itself returned."""
    # Raw bytes: what Faust cannot decode it drops, and stalls; we take the records apart ourselves.
    source = app.topic(
        AUTH_LOGINS.named(settings.topic_prefix),
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        allow_empty=True,
    )

    async def count(stream: Any) -> None:  # noqa: ANN401
        manual = stream.noack()
        async for event in manual.events():
            await take(manual, event)

    return app.agent(source, name="count", concurrency=1)(count)


def _credentials(settings: GuardSettings) -> Any:  # noqa: ANN401
    tls = connection(settings)["ssl_context"]
    if settings.kafka_security_protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=settings.kafka_sasl_username,
            password=settings.kafka_sasl_password.get_secret_value(),
            mechanism=settings.kafka_sasl_mechanism,
            ssl_context=tls,
        )
    return faust.SSLCredentials(tls) if tls is not None else None
