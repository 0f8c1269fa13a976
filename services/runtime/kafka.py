"""Kafka clients with every option written out, and Kafka's errors translated into our kinds of trouble.

Safety never rests on Kafka transactions or group offsets (see `docs/architecture.md`); it rests on Postgres.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError, MessageSizeTooLargeError, OffsetOutOfRangeError
from aiokafka.helpers import create_ssl_context

from services.runtime.faults import Halt, Permanent, Transient
from services.runtime.settings import KafkaSettings
from services.runtime.unbroken import to_the_end

REQUEST_TIMEOUT_MS: Final = 15_000
FETCH_WAIT_MS_MAX: Final = 500
METADATA_PAUSE_S: Final = 0.5
PARTITION_FETCH_BYTES_MAX: Final = 320 * 1024
BATCH_BYTES_MAX: Final = 900 * 1024


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """Return the connection options that every aiokafka client takes."""
    return {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "client_id": "ecflink",
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
        "security_protocol": settings.kafka_security_protocol,
        "ssl_context": _tls(settings),
        "sasl_mechanism": settings.kafka_sasl_mechanism if settings.kafka_sasl_username else "PLAIN",
        "sasl_plain_username": settings.kafka_sasl_username or None,
        "sasl_plain_password": settings.kafka_sasl_password.get_secret_value() or None,
    }


def _tls(settings: KafkaSettings) -> ssl.SSLContext | None:
    if "SSL" not in settings.kafka_security_protocol:
        return None
    context: ssl.SSLContext = create_ssl_context(
        cafile=settings.kafka_ssl_ca_path and str(settings.kafka_ssl_ca_path),
        certfile=settings.kafka_ssl_cert_path and str(settings.kafka_ssl_cert_path),
        keyfile=settings.kafka_ssl_key_path and str(settings.kafka_ssl_key_path),
    )
    return context


def consumer(settings: KafkaSettings, **options: object) -> AIOKafkaConsumer:
    """Return a consumer that commits nothing by itself and never resets a position."""
    given: dict[str, Any] = {
        "group_id": None,
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "isolation_level": "read_committed",
        "fetch_max_wait_ms": FETCH_WAIT_MS_MAX,
        "fetch_min_bytes": 1,
        "max_partition_fetch_bytes": PARTITION_FETCH_BYTES_MAX,
        "check_crcs": True,
    }
    return _SteadyConsumer(**connection(settings), **(given | options))


class _SteadyConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka carries no types
    """aiokafka's consumer with two faults of 0.14 mended, both of which show while no broker answers."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        update = self._client._metadata_update  # noqa: SLF001 - there is no public way to slow it down

        async def paced(*arguments: object) -> bool:
            # The fetcher asks again the moment that it failed: thousands of times a second, as many lines in the log.
            updated: bool = await update(*arguments)
            if not updated:
                await asyncio.sleep(METADATA_PAUSE_S)
            return updated

        self._client._metadata_update = paced  # noqa: SLF001

    async def stop(self) -> None:
        """Close the consumer, whole even if we are cancelled meanwhile: otherwise its connections stay open."""
        await to_the_end(self._stop())

    async def _stop(self) -> None:
        # Its own fetches end first: otherwise their cancellation escapes and ends the caller.
        fetcher = self._fetcher
        if fetcher is not None and not self._closed:
            await _ended([fetcher._fetch_task])  # noqa: SLF001
            await _ended(list(fetcher._pending_tasks))  # noqa: SLF001
            fetcher._pending_tasks.clear()  # noqa: SLF001
        await super().stop()


async def _ended(tasks: list[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def producer(settings: KafkaSettings) -> AIOKafkaProducer:
    """Return an idempotent producer that waits for all in-sync replicas and lingers not at all."""
    return AIOKafkaProducer(
        **connection(settings),
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=BATCH_BYTES_MAX,
        max_request_size=2 * BATCH_BYTES_MAX,
        compression_type=None,
    )


@asynccontextmanager
async def admin(settings: KafkaSettings) -> AsyncGenerator[AIOKafkaAdminClient]:
    """Open an admin client for the time of a block. Raises Transient where no broker answers."""
    client = AIOKafkaAdminClient(**connection(settings))
    with translated():
        try:
            await client.start()
            yield client
        finally:
            await to_the_end(client.close())


@contextmanager
def translated() -> Generator[None]:
    """Turn Kafka's errors into Transient (wait, try again), Permanent (this record alone) or Halt (the log moved)."""
    try:
        yield
    except OffsetOutOfRangeError as error:
        message = f"the log no longer holds the offset to read on from: {error}"
        raise Halt(message) from error
    except MessageSizeTooLargeError as error:
        message = f"the broker refuses the record for its size: {error}"
        raise Permanent(message) from error
    except (KafkaConnectionError, ConnectionError, TimeoutError) as error:
        message = f"Kafka does not answer: {error!r}"
        raise Transient(message) from error
    except KafkaError as error:
        message = f"Kafka refused: {error!r}"
        raise Transient(message) from error
