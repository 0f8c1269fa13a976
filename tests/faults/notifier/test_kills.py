"""A notifier killed at each step, frozen, doubled: no letter is lost, and no copy was not foretold by the ledger."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from tests.backends.deployment import Deployment
from tests.backends.smtp import MailServer
from tests.faults.notifier.fault import STEPS
from tests.mailing.acting import Linker, eventually, in_state, notifying, request, rows, settings
from tests.thorough import one_for_all

pytestmark = pytest.mark.faults
COUNT = 40
ENDED_S_MAX = 40.0

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
async def start(deployment: Deployment, smtp: MailServer, tmp_path: Path) -> AsyncGenerator[Start]:
    """Starts notifiers that fail at a step; what still runs is ended with the test."""
    running: list[subprocess.Popen[bytes]] = []

    def started(step: str, signum: str, number: int, instance: str = "test") -> subprocess.Popen[bytes]:
        env = os.environ | deployment.env("notifier")
        env |= {"SMTP_HOST": smtp.host, "SMTP_PORT": str(smtp.port), "SMTP_SECURITY": "none", "INSTANCE_ID": instance}
        env |= {"MAIL_FROM": "Court <noreply@court.example>", "MANAGEMENT_PORT": "0", "RETRY_DELAY_S_MIN": "0.2"}
        argv = [sys.executable, "-m", "tests.faults.notifier.fault", step, signum, str(number)]
        with (tmp_path / "notifier.log").open("ab") as log:
            running.append(subprocess.Popen(argv, env=env, stdout=log, stderr=log))
        return running[-1]

    yield started
    for process in running:
        process.kill()
        await asyncio.to_thread(process.wait)


async def no_letter_is_lost_or_copied_unforetold(deployment: Deployment, smtp: MailServer) -> None:
    """Hold the mailbox against the ledger, as promise P6 says it."""
    kept = Counter(smtp.messages)
    deliveries = await rows(
        deployment,
        "SELECT d.delivery_id, d.message, count(*) FILTER (WHERE a.outcome = 'ambiguous') AS ambiguous"
        "  FROM notifier.deliveries AS d JOIN notifier.attempts AS a USING (delivery_id) GROUP BY 1",
    )
    assert len(deliveries) == COUNT
    for delivery in deliveries:
        copies = kept.pop(delivery["message"], 0)
        assert 1 <= copies <= 1 + delivery["ambiguous"]
    assert not kept


@pytest.mark.parametrize("step", one_for_all(STEPS, plain="after-final-dot"))
async def test_killed_at(step: str, deployment: Deployment, smtp: MailServer, linker: Linker, start: Start) -> None:
    await linker.publish(*(request(account) for account in range(200_000, 200_000 + COUNT)))
    killed = start(step, "SIGKILL", 2)
    assert await asyncio.to_thread(killed.wait, ENDED_S_MAX) == -signal.SIGKILL
    async with notifying(settings(deployment, smtp)):
        await in_state(deployment, "accepted", COUNT)
    await no_letter_is_lost_or_copied_unforetold(deployment, smtp)


async def test_killed_between_the_birth_of_a_letter_and_its_sending(
    deployment: Deployment, smtp: MailServer, linker: Linker, start: Start
) -> None:
    killed = start("after-taking-in", "SIGKILL", 2)
    await linker.publish(request(200_000))
    await in_state(deployment, "accepted")  # so that a connection waits for the next
    await linker.publish(request(200_001))
    assert await asyncio.to_thread(killed.wait, ENDED_S_MAX) == -signal.SIGKILL
    assert len(await rows(deployment, "SELECT FROM notifier.deliveries WHERE state = 'transmitting'")) == 1
    async with notifying(settings(deployment, smtp)):
        await in_state(deployment, "accepted", 2)
    assert len(smtp.messages) == 2
    # Nobody can know that it was not sent.
    assert len(await rows(deployment, "SELECT FROM notifier.attempts WHERE outcome = 'ambiguous'")) == 1


@pytest.mark.thorough
async def test_frozen_before_data_and_woken_after_its_successor(
    deployment: Deployment, smtp: MailServer, linker: Linker, start: Start
) -> None:
    await linker.publish(*(request(account) for account in range(200_000, 200_000 + COUNT)))
    frozen = start("before-data", "SIGSTOP", 2)
    await in_state(deployment, "transmitting")
    async with notifying(settings(deployment, smtp, instance_id="successor")):
        await in_state(deployment, "accepted", COUNT)
        frozen.send_signal(signal.SIGCONT)
        await eventually(lambda: rows(deployment, "SELECT 1 FROM notifier.attempts WHERE late_reply IS NOT NULL"))
        await in_state(deployment, "accepted", COUNT)
    await no_letter_is_lost_or_copied_unforetold(deployment, smtp)


@pytest.mark.thorough
async def test_two_that_both_believe_they_own_every_partition(
    deployment: Deployment, smtp: MailServer, linker: Linker, start: Start
) -> None:
    await linker.publish(*(request(account) for account in range(200_000, 200_020)))
    async with notifying(settings(deployment, smtp)):
        await in_state(deployment, "accepted", 20)
        start("loner", "SIGKILL", 1, instance="other")
        await linker.publish(*(request(account) for account in range(200_020, 200_000 + COUNT)))
        await in_state(deployment, "accepted", COUNT)
        await eventually(lambda: rows(deployment, "SELECT 1 FROM notifier.position WHERE epoch = 2"))
    await no_letter_is_lost_or_copied_unforetold(deployment, smtp)
