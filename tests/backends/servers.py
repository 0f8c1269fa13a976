"""The one interface of the back ends: a Kafka and a Postgres, each started when first asked for.

Tests see addresses, and may stop, kill and start again where the back end allows it.
"""

from typing import Protocol


class Server(Protocol):
    """A server that faults can be tried on; the address stays the same over a restart."""

    def stop(self) -> None:
        """End it in order."""

    def kill(self) -> None:
        """End it as a power cut would."""

    def resume(self) -> None:
        """Start it again after `stop` or `kill`, and wait until it is ready."""


class Backend(Protocol):
    @property
    def name(self) -> str:
        """One of containers, native, external."""

    @property
    def bootstrap(self) -> str:
        """Kafka's address."""

    @property
    def owner_url(self) -> str:
        """Postgres's address with the name and password of a role that may make databases and roles."""

    @property
    def kafka(self) -> Server | None:
        """None where the server is not ours to stop."""

    @property
    def postgres(self) -> Server | None:
        """None where the server is not ours to stop."""

    def close(self) -> None:
        """End all that was started."""
