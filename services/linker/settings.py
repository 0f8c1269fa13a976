"""Settings of `ecflink linker`."""

import socket
from typing import Final

from pydantic import Field

from services.runtime.rehearsal import RehearsalKeySettings
from services.runtime.settings import DatabaseSettings, KafkaSettings

GROUP: Final = "linker"


class LinkerSettings(KafkaSettings, DatabaseSettings, RehearsalKeySettings):
    """One linker: Postgres as ecflink_linker, Kafka, and the keys to verify with."""

    management_port: int = Field(
        9102, ge=0, le=65535, description="Port of /livez, /readyz and /metrics; 0: a free one."
    )
    batch_count_max: int = Field(2000, ge=1, le=5000, description="Most records in one transaction.")
    instance_id: str = Field(
        default_factory=socket.gethostname,
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="This linker's name in the consumer group: static membership.",
    )
