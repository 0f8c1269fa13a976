"""Settings of `ecflink audit`."""

from pydantic import Field

from services.runtime.settings import DatabaseSettings, KafkaSettings


class AuditSettings(KafkaSettings, DatabaseSettings):
    """Where the audit looks: Kafka, Postgres as ecflink_reader, and the mailbox where there is one."""

    mailbox: str | None = Field(
        None, description="Where mail lands: the folder of a Maildir, or the http(s) address of a Mailpit."
    )
