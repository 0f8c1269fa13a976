"""Which port a server of the embedded stack listens on: the usual one, or a free one when that is taken.

Only loopback addresses are ever asked for.
"""

import socket
from collections.abc import Callable

LOOPBACK = "127.0.0.1"


def choose_port(name: str, usual: int, *, say: Callable[[str], None]) -> int:
    """Return `usual`, or a free port when another program holds it; the change is said. 0 asks for any free port."""
    if usual and _is_free(usual):
        return usual
    port = free_port()
    if usual:
        say(f"port {usual} for {name} is taken: using {port}")
    return port


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def answers(port: int, *, timeout_s: float = 0.5) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=timeout_s).close()
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections still linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    # A server that listens on every address lets the bind above succeed on some systems.
    return not answers(port)
