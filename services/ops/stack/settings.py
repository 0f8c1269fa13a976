"""What the embedded stack can be told: installed servers to use in place of the ones that it brings.

Everything else about the stack follows from its home folder.
"""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class StackSettings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, env_prefix="STACK_", extra="ignore")

    kafka_home: Path | None = Field(None, description="An installed Apache Kafka (the folder that holds libs/).")
    java_home: Path | None = Field(None, description="An installed Java, 17 or newer (the folder that holds bin/java).")
    postgres_home: Path | None = Field(None, description="An installed PostgreSQL 18 (the folder that holds bin/).")
