"""One kept connection to the mail server: what is sent on it, and what the server answered.

Knows SMTP and nothing of deliveries. The bytes go out as they are, but for the dots of SMTP itself.
"""

import asyncio
import ssl
import time
from contextlib import suppress
from typing import Final, NamedTuple, cast

from aiosmtplib import SMTP, SMTPException

from services.notifier.conversation import Conversation, Lost
from services.notifier.outcomes import Answer, Stage
from services.notifier.settings import SmtpSettings
from services.runtime.faults import Transient

CONNECT_TIMEOUT_S: Final = 10.0
COMMAND_TIMEOUT_S: Final = 30.0
# RFC 5321 4.5.3.2.6: a server may take ten minutes over the final dot, and who gives up sooner makes copies.
FINAL_DOT_TIMEOUT_S: Final = 600.0
GOODBYE_TIMEOUT_S: Final = 1.0
IDLE_S_MAX: Final = 60.0
_GO_AHEAD: Final = 354
_CLOSING: Final = 421


class Offers(NamedTuple):
    """The extensions of the server that matter here."""

    utf8: bool
    pipelining: bool


class Connection:
    """A connection that is open and greeted. Made by `connect`."""

    def __init__(self, talk: Conversation, sender: str, offers: Offers) -> None:
        self._talk = talk
        self._from = b"MAIL FROM:<" + sender.encode() + b">"
        self._offers = offers
        self._used_at = time.monotonic()

    @property
    def usable(self) -> bool:
        """Whether it may be used again: open, and not idle for so long that the server is about to close it."""
        return self._talk.quiet and time.monotonic() - self._used_at < IDLE_S_MAX

    @property
    def open(self) -> bool:
        """Whether another letter may follow the last one."""
        return self._talk.quiet

    async def send(self, recipient: str, message: bytes) -> Answer:
        """Send one letter and return the last reply about it; afterwards the connection may be closed."""
        if not recipient.isascii() and not self._offers.utf8:
            text = "the mail server does not take addresses outside ASCII (SMTPUTF8); not sent"
            return Answer(Stage.RCPT, 553, text)
        try:
            answer = await self._envelope(recipient) or await self._content(message)
        except BaseException:
            # Given up in the middle: the reply that still comes must not be taken for the next letter's.
            self._talk.close()
            raise
        if answer.code is None or answer.code == _CLOSING:
            self._talk.close()
        elif not answer.accepted and self._talk.quiet:
            await self._reset()
        self._used_at = time.monotonic()
        return answer

    async def _envelope(self, recipient: str) -> Answer | None:
        """Say who and to whom; return the answer that ends the matter, or None where the content may follow."""
        start = self._from if recipient.isascii() else self._from + b" SMTPUTF8 BODY=8BITMIME"
        assert "\r" not in recipient, "the contract forbids what could be a command of its own"
        assert "\n" not in recipient, "the contract forbids what could be a command of its own"
        commands = {Stage.MAIL: start, Stage.RCPT: b"RCPT TO:<" + recipient.encode() + b">", Stage.DATA: b"DATA"}
        failed: Answer | None = None
        stage = Stage.MAIL
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT_S):
                if self._offers.pipelining:
                    self._talk.write(b"\r\n".join(commands.values()) + b"\r\n")
                for stage, command in commands.items():
                    if not self._offers.pipelining:
                        self._talk.write(command + b"\r\n")
                    code, text = await self._talk.reply()
                    if code == _GO_AHEAD and stage is Stage.DATA and failed is not None:
                        # It waits for the content of a letter that it has refused: there is no polite way out.
                        self._talk.close()
                    elif failed is None and (code != _GO_AHEAD if stage is Stage.DATA else code // 100 != 2):  # noqa: PLR2004
                        failed = Answer(stage, code, text)
                        if not self._offers.pipelining:
                            break
        except (Lost, TimeoutError) as trouble:
            self._talk.close()
            return failed or Answer(stage, None, str(trouble) or f"no reply within {COMMAND_TIMEOUT_S:g} s")
        return failed

    async def _content(self, message: bytes) -> Answer:
        """Send the content in one write. From here on the server may have the letter, whatever we hear."""
        assert message.endswith(b"\r\n")
        assert not message.startswith(b"."), "a mail opens with its headers"
        if not self._talk.quiet:
            return Answer(Stage.DATA, None, "the connection ended before the content")
        try:
            async with asyncio.timeout(FINAL_DOT_TIMEOUT_S):
                self._talk.write(message.replace(b"\r\n.", b"\r\n..") + b".\r\n")
                code, text = await self._talk.reply()
        except (Lost, TimeoutError) as trouble:
            return Answer(Stage.CONTENT, None, str(trouble) or f"no reply within {FINAL_DOT_TIMEOUT_S:g} s")
        return Answer(Stage.CONTENT, code, text)

    async def _reset(self) -> None:
        """Clear the server's mind after a refusal; a connection whose state is in doubt is closed."""
        code = None
        with suppress(Lost, TimeoutError):
            async with asyncio.timeout(COMMAND_TIMEOUT_S):
                self._talk.write(b"RSET\r\n")
                code, _ = await self._talk.reply()
        if code is None or code // 100 != 2:  # noqa: PLR2004 - SMTP's 2xx
            self._talk.close()

    async def close(self) -> None:
        """Say goodbye if the server still listens."""
        with suppress(Lost, TimeoutError):
            async with asyncio.timeout(GOODBYE_TIMEOUT_S):
                self._talk.write(b"QUIT\r\n")
                await self._talk.reply()
        self._talk.close()


async def connect(settings: SmtpSettings, sender: str) -> Connection:
    """Open a connection: TLS and sign-in as the settings say. Raises Transient with the cause."""
    client = SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_username or None,
        password=settings.smtp_password.get_secret_value() or None,
        local_hostname=settings.smtp_hello_name or None,
        timeout=CONNECT_TIMEOUT_S,
        use_tls=settings.smtp_security == "tls",
        start_tls=settings.smtp_security == "starttls",
        tls_context=_tls(settings),
    )
    try:
        await client.connect()
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
    except (SMTPException, OSError, ValueError) as trouble:
        client.close()
        raise Transient(
            f"the mail server {settings.smtp_host}:{settings.smtp_port} does not serve us: {trouble}"
        ) from None
    # uvloop's transports are asyncio's by what they do, not by their class.
    transport = cast("asyncio.Transport", client.transport)
    offers = Offers(utf8=client.supports_extension("smtputf8"), pipelining=client.supports_extension("pipelining"))
    return Connection(Conversation(transport), sender, offers)


def _tls(settings: SmtpSettings) -> ssl.SSLContext | None:
    if settings.smtp_security == "none":
        return None
    return ssl.create_default_context(cafile=settings.smtp_ca_path)
