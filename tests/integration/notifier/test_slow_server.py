"""A mail server that thinks long about one letter: the replies to the others are not lost with it."""

import asyncio
import threading
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.backends.deployment import Deployment
from tests.backends.smtp import MailServer
from tests.mailing.acting import Linker, in_state, notifying, request, rows, settings

SLOW = "slow@example.org"


class Thinker(MailServer):
    """Says nothing about the letter to SLOW until it is told to."""

    thought = threading.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        if envelope.rcpt_tos == [SLOW]:
            await asyncio.to_thread(self.thought.wait, 60)
        return await super().handle_DATA(server, session, envelope)


async def test_replies_are_kept_while_the_server_thinks_about_another_letter(
    deployment: Deployment, tmp_path: Path, linker: Linker
) -> None:
    smtp = Thinker(tmp_path / "slow")
    smtp.start()
    await linker.publish(*(request(pacer_email=address) for address in ("a@example.org", "b@example.org", SLOW)))
    async with notifying(settings(deployment, smtp, smtp_connections=1)):
        await in_state(deployment, "accepted", 2)
        assert [row["recipient"] for row in await in_state(deployment, "transmitting")] == [SLOW]
        smtp.thought.set()
        await in_state(deployment, "accepted", 3)
    smtp.stop()
    assert len(await rows(deployment, "SELECT 1 FROM notifier.attempts WHERE outcome = 'accepted'")) == 3
