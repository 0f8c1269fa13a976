"""Where the letters of replays go: to the sink, to the real mail server where that was told, or nowhere.

While rehearsal mode is off there is no sink: a letter of a replay is then given up without a word to any mail server.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Final

from services.notifier.outcomes import Answer, Stage
from services.notifier.post import Connection
from services.notifier.sender import connect
from services.notifier.settings import NotifierSettings
from services.runtime.faults import Halt
from services.runtime.log import log

# A reply of our own in place of a server's, as none is asked.
_NOT_SENT: Final = 554


class Nowhere:
    """A connection to no server: every letter is refused for good."""

    usable = True
    open = True

    async def send(self, recipient: str, message: bytes) -> Answer:  # noqa: ARG002 - a connection's signature
        """Refuse a letter."""
        return Answer(Stage.MAIL, _NOT_SENT, "a letter of a replay, and REHEARSAL is off here; not sent")

    async def close(self) -> None:
        """Do nothing: nothing is open."""


def to_sink(
    settings: NotifierSettings, real: Callable[[], Awaitable[Connection]]
) -> Callable[[], Awaitable[Connection]]:
    """Return what opens the connections for letters of replays; `real` opens one to the real mail server."""

    async def sink() -> Connection:
        return await connect(settings.sink, settings.sender[1])

    async def nowhere() -> Connection:
        return Nowhere()

    if not settings.rehearsal:
        return nowhere
    return real if settings.rehearsal_mail == "real" else sink


async def check_sink(settings: NotifierSettings) -> None:
    """Raise Halt where the sink turns out to be the real mail server under another name.

    A name that cannot be looked up now says nothing: the addresses as written were compared with the settings.
    """
    if not settings.rehearsal or settings.rehearsal_mail == "real" or settings.smtp_is_sink:
        return
    real = await _places(settings.smtp_host, settings.smtp_port)
    if shared := sorted(real & await _places(settings.sink_smtp_host, settings.sink_smtp_port)):
        host, port = shared[0]
        raise Halt(
            f"SINK_SMTP_HOST and SMTP_HOST are both {host}:{port}: a rehearsal's mail would be delivered. Name another "
            "server as the sink, or say SMTP_IS_SINK=true if this deployment's only mail server delivers nothing"
        )
    log.info("rehearsal.sink-apart", sink=settings.sink_smtp_host, port=settings.sink_smtp_port)


async def _places(host: str, port: int) -> set[tuple[str, int]]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {(str(address[0]), int(address[1])) for *_, address in found}
