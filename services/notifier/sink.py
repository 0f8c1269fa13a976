"""Where the letters of replays go: to the sink, to the real mail server where that was told, or nowhere.

While rehearsal mode is off there is no sink: a letter of a replay is then given up without a word to any mail server.
The sink is told from the real mail server by address, at the start and again before each connection.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from typing import Final

from services.notifier.outcomes import Answer, Stage
from services.notifier.post import Connection
from services.notifier.sender import connect
from services.notifier.settings import NotifierSettings
from services.runtime.faults import Halt, Transient
from services.runtime.log import log

# A reply of our own in place of a server's, as none is asked.
_NOT_SENT: Final = 554
# All of them lead to this host, and what listens there seldom tells them apart.
_THIS_HOST: Final = "this host"

_Place = tuple[str, int]


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
        if not settings.smtp_is_sink:
            await _still_apart(settings)
        return await connect(settings.sink, settings.sender[1])

    async def nowhere() -> Connection:
        return Nowhere()

    if not settings.rehearsal:
        return nowhere
    return real if settings.rehearsal_mail == "real" else sink


async def check_sink(settings: NotifierSettings) -> None:
    """Raise Halt where the sink turns out to be the real mail server under another name.

    While a name cannot be looked up nothing is known yet: no connection to the sink is opened until it can be.
    """
    if not settings.rehearsal or settings.rehearsal_mail == "real" or settings.smtp_is_sink:
        return
    sink = {"sink": settings.sink_smtp_host, "port": settings.sink_smtp_port}
    try:
        on_one_host = await _on_one_host(settings)
    except Transient as trouble:
        log.warning("rehearsal.sink-unknown", cause=str(trouble), **sink)
        return
    if on_one_host:
        log.warning("rehearsal.sink-on-the-real-host", **sink)
    else:
        log.info("rehearsal.sink-apart", **sink)


async def _still_apart(settings: NotifierSettings) -> None:
    """Raise Transient where the names lead to one server by now: the letters of replays wait, those of filers go on."""
    try:
        await _on_one_host(settings)
    except Halt as same:
        raise Transient(str(same)) from None


async def _on_one_host(settings: NotifierSettings) -> bool:
    """Say whether the sink and the real mail server differ by their ports alone.

    Raises Halt where they are one server, Transient where that is not known.
    """
    real = await _places(settings.smtp_host, settings.smtp_port)
    sink = await _places(settings.sink_smtp_host, settings.sink_smtp_port)
    if shared := sorted(real & sink):
        host, port = shared[0]
        raise Halt(
            f"SINK_SMTP_HOST and SMTP_HOST are both {host}:{port}: a rehearsal's mail would be delivered. Name another "
            "server as the sink, or say SMTP_IS_SINK=true if this deployment's only mail server delivers nothing"
        )
    return bool({host for host, _ in real} & {host for host, _ in sink})


async def _places(host: str, port: int) -> set[_Place]:
    """Return where a server is, each place under one name. Raises Transient."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as trouble:
        raise Transient(
            f"{host} cannot be looked up, so it is not known whether the sink is the real mail server: {trouble}"
        ) from None
    return {(_host(str(address[0])), int(address[1])) for *_, address in found}


def _host(address: str) -> str:
    """Return one name for all spellings of an address."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    # A client that connects to the unspecified address gets to its own host.
    return _THIS_HOST if parsed.is_loopback or parsed.is_unspecified else str(parsed)
