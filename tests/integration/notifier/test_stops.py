"""What a notifier must not go on from: it stops, and names the cause."""

import asyncpg
import pytest

from services.contract.topics import LINK_TRANSACTIONS
from services.notifier.app import serve
from services.runtime.faults import Halt
from services.runtime.health import Health
from services.runtime.publish import Message
from tests.backends.deployment import Deployment
from tests.backends.smtp import MailServer
from tests.mailing.acting import Linker, in_state, message, notifying, put, request, settings


async def halted(deployment: Deployment, smtp: MailServer) -> str:
    """Run a notifier until it halts, and return the cause."""
    with pytest.raises(ExceptionGroup) as caught:
        await serve(settings(deployment, smtp), Health())
    # Every partition may have found the same.
    found: BaseException = caught.value
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, Halt)
    return str(found)


async def change_position(deployment: Deployment, change: str) -> None:
    connection = await asyncpg.connect(deployment.database.owner_url)
    await connection.execute(f"UPDATE notifier.position SET {change}")  # noqa: S608 - the test's own text
    await connection.close()


async def test_a_gap_in_the_rows(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    partition, _ = linker.transaction(request())
    _, second = linker.transaction(request())
    await put(deployment, LINK_TRANSACTIONS, partition, [message(second)])
    assert "jumps from row 0 to row 2" in await halted(deployment, smtp)


async def test_a_log_that_ends_before_the_position(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    await change_position(deployment, "next_offset = 5")
    assert "ends at offset 0, before the remembered 5" in await halted(deployment, smtp)


async def test_another_record_where_the_last_one_was(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    async with notifying(settings(deployment, smtp)):
        await linker.publish(request())
        await in_state(deployment, "accepted")
    await change_position(deployment, "last_digest = '\\x00' WHERE next_offset > 0")
    assert "is not the one remembered" in await halted(deployment, smtp)


async def test_another_number_of_partitions(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    await change_position(deployment, "partition_count = 7")
    assert "has 3 partitions, not the 7" in await halted(deployment, smtp)


async def test_garbage_alone_stops_nothing(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    for partition in range(deployment.partition_count):
        await put(deployment, LINK_TRANSACTIONS, partition, [Message(b"", b"", [])])
    async with notifying(settings(deployment, smtp)) as health:
        await linker.publish(request())
        await in_state(deployment, "accepted")
        assert not health.reasons
