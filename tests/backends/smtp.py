"""A mail server inside the test: keeps what it takes in a Maildir, and answers as the test scripts it.

Each scripted answer is used once, in order, for the verb that it is given for; then the server behaves again.
"""

import asyncio
import threading
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, override

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.ops.stack.mailbox import Maildir
from services.ops.stack.ports import LOOPBACK, free_port

DROP = "DROP"
"""Instead of a reply: the connection is cut."""
FINAL_DOT = "."
"""As a verb: the reply to the message itself, after its final dot."""

_HELD_S_MAX = 60.0


class MailServer:
    """`reply("RCPT", "451 later")` scripts one answer; `reply(FINAL_DOT, DROP)` takes the message, then cuts the line.

    Options go to aiosmtpd's SMTP as they are (`tls_context`, `authenticator`, `auth_required`, …).
    """

    def __init__(self, folder: Path, **options: object) -> None:
        self.maildir = Maildir(folder)
        self.host = LOOPBACK
        self.port = free_port()
        self.verbs: list[str] = []
        self._script: defaultdict[str, deque[str]] = defaultdict(deque)
        self._released = threading.Event()
        self._released.set()
        self._controller = _Controller(self, **options)

    @property
    def messages(self) -> list[bytes]:
        """Every message taken, oldest first, byte for byte."""
        return self.maildir.messages()

    def reply(self, verb: str, answer: str, *, times: int = 1) -> None:
        """Answer the next `times` of EHLO, MAIL, RCPT, DATA, RSET, QUIT, … or of FINAL_DOT by this line, or by DROP."""
        self._script[verb].extend([answer] * times)

    def hold(self) -> None:
        """Take messages, but say nothing after the final dot until `release`."""
        self._released.clear()

    def release(self) -> None:
        self._released.set()

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self.release()
        self._controller.stop(no_assert=True)

    def scripted(self, verb: str) -> str | None:
        """Note the verb, and take the answer that the test wants for it, if any."""
        self.verbs.append(verb)
        waiting = self._script[verb]
        return waiting.popleft() if waiting else None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - aiosmtpd's
        answer = self.scripted(FINAL_DOT)
        if answer is None or answer == DROP or answer.startswith("2"):
            self.maildir.add(envelope.original_content or b"")
        await asyncio.to_thread(self._released.wait, _HELD_S_MAX)
        if answer == DROP:
            _cut(server)
        return answer or "250 kept"


class _Controller(Controller):
    """aiosmtpd's thread, with sessions that look at the script before they obey a verb."""

    def __init__(self, mail_server: MailServer, **options: Any) -> None:  # noqa: ANN401 - aiosmtpd's own
        self._mail_server = mail_server
        super().__init__(mail_server, hostname=mail_server.host, port=mail_server.port, **options)

    @override
    def factory(self) -> SMTP:
        return _Session(self._mail_server, **self.SMTP_kwargs)


class _Session(SMTP):
    def __init__(self, mail_server: MailServer, **options: Any) -> None:  # noqa: ANN401 - aiosmtpd's own
        super().__init__(mail_server, **options)
        self._mail_server = mail_server
        self._smtp_methods = {verb: self._asking(verb, method) for verb, method in self._smtp_methods.items()}

    def _asking(self, verb: str, method: Callable[[str], Awaitable[None]]) -> Callable[[str], Awaitable[None]]:
        async def ask_then_obey(argument: str) -> None:
            answer = self._mail_server.scripted(verb)
            if answer is None:
                await method(argument)
            elif answer == DROP:
                _cut(self)
            else:
                await self.push(answer)

        return ask_then_obey


def _cut(session: SMTP) -> None:
    transport = session.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()
