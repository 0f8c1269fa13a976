"""Servers that somebody else runs: two addresses from the environment. They are never stopped."""

from dataclasses import dataclass

KAFKA_VARIABLE = "TEST_KAFKA_BOOTSTRAP_SERVERS"
DATABASE_VARIABLE = "TEST_DATABASE_URL"


@dataclass(frozen=True, kw_only=True)
class ExternalBackend:
    bootstrap: str
    owner_url: str
    name: str = "external"
    kafka: None = None
    postgres: None = None

    def close(self) -> None:
        """Nothing here is ours."""
