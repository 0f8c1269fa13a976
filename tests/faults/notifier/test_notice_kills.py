"""A notifier killed at each step between a notice and its mail: each filer told, and no copy that was not foretold."""

import asyncio
import signal
from collections import Counter

import pytest

from tests.backends.deployment import Deployment
from tests.backends.smtp import MailServer
from tests.faults.notifier.fault import STEPS
from tests.faults.notifier.test_kills import ENDED_S_MAX, Start, start
from tests.mailing.acting import Linker, court_live, in_state, notify, notifying, rows, security_code, settings
from tests.thorough import one_for_all

__all__ = ["start"]
pytestmark = pytest.mark.faults
FILERS, CODES = 36, 4


@pytest.mark.parametrize("step", one_for_all(STEPS, plain="after-final-dot"))
async def test_killed_at(step: str, deployment: Deployment, smtp: MailServer, linker: Linker, start: Start) -> None:
    await notify(deployment, *(court_live(number) for number in range(FILERS)))
    await notify(deployment, *(security_code(f"4072551{number}", number) for number in range(CODES)))
    killed = start(step, "SIGKILL", 2)
    assert await asyncio.to_thread(killed.wait, ENDED_S_MAX) == -signal.SIGKILL
    async with notifying(settings(deployment, smtp)):
        await in_state(deployment, "accepted", FILERS + CODES)
    await each_told(deployment, smtp)


async def each_told(deployment: Deployment, smtp: MailServer) -> None:
    """Hold the mailbox against the deliveries, by Message-ID: of codes there are no other bytes to compare."""
    kept = Counter(message.partition(b"Message-ID: ")[2].partition(b"\r\n")[0].decode() for message in smtp.messages)
    deliveries = await rows(
        deployment,
        "SELECT d.message_id, d.sealed, d.message, count(*) FILTER (WHERE a.outcome = 'ambiguous') AS ambiguous"
        "  FROM notifier.deliveries AS d JOIN notifier.attempts AS a USING (delivery_id) GROUP BY d.delivery_id",
    )
    assert len(deliveries) == FILERS + CODES
    for delivery in deliveries:
        assert 1 <= kept.pop(delivery["message_id"], 0) <= 1 + delivery["ambiguous"]
        assert (delivery["message"] == b"") is delivery["sealed"]
    assert not kept
    # Copies are equal byte for byte, those with a code too.
    assert len(set(smtp.messages)) == FILERS + CODES
