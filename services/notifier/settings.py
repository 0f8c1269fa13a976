"""Settings of `ecflink notifier`."""

import socket
from email.utils import parseaddr
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, model_validator

from services.contract.noticekeys import NoticeKeys
from services.runtime.rehearsal import RehearsalSettings
from services.runtime.settings import DatabaseSettings, KafkaSettings, Secret

GROUP: Final = "notifier"
_SAME_SERVER: Final = (
    "SINK_SMTP_HOST and SINK_SMTP_PORT are the real mail server's: name another server as the sink, or say "
    "SMTP_IS_SINK=true if this deployment's only mail server delivers nothing"
)


class SmtpSettings(KafkaSettings, DatabaseSettings):
    """How to reach the mail server, and how patient to be with it."""

    smtp_host: str = Field(min_length=1, description="The mail server that takes the letters.")
    smtp_port: int = Field(25, ge=1, le=65535, description="Its port: 25, 587 (STARTTLS) or 465 (TLS) in most places.")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "starttls",
        description="none: in clear (only on your own host); starttls: refused if not offered; tls: from the start.",
    )
    smtp_username: str = Field("", description="Signs in with this name where it is set; not with SMTP_SECURITY=none.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Its password.")
    smtp_ca_path: Path | None = Field(None, description="CA certificates (PEM); the system's when unset.")
    smtp_hello_name: str = Field(
        "", pattern=r"^[A-Za-z0-9.\[\]:-]{0,253}$", description="Our name in EHLO; the host's own when unset."
    )
    smtp_connections: int = Field(4, ge=1, le=100, description="Connections kept open by each process.")
    smtp_batch_count_max: int = Field(
        64, ge=1, le=200, description="Most letters on their way per connection at a time."
    )
    retry_delay_s_min: float = Field(
        60.0, gt=0, le=3600, description="First wait after a letter is put off; doubles each time."
    )
    retry_delay_s_max: float = Field(14_400.0, gt=0, le=86_400, description="The longest such wait.")
    deferral_s_max: float = Field(
        259_200.0, gt=0, description="A letter put off for longer than this is given up as bounced."
    )
    ambiguous_max: int = Field(
        1,
        ge=0,
        le=10,
        description="How often a letter whose fate is unknown is sent again before it is held for an operator.",
    )

    @model_validator(mode="after")
    def _no_password_in_clear(self) -> Self:
        if self.smtp_username and self.smtp_security == "none":
            raise ValueError("SMTP_USERNAME would send its password in clear: set SMTP_SECURITY to starttls or tls")
        if self.smtp_username and not self.smtp_password.get_secret_value():
            raise ValueError("SMTP_USERNAME is set without a password: set SMTP_PASSWORD or SMTP_PASSWORD_FILE")
        if self.retry_delay_s_min > self.retry_delay_s_max:
            raise ValueError("RETRY_DELAY_S_MIN is more than RETRY_DELAY_S_MAX: lower it")
        return self


class NotifierSettings(SmtpSettings, RehearsalSettings):
    """One notifier: Postgres as ecflink_notifier, Kafka, the mail server, and the sink of a rehearsal."""

    management_port: int = Field(
        9103, ge=0, le=65535, description="Port of /livez, /readyz and /metrics; 0: a free one."
    )
    mail_from: str = Field(
        pattern=r"^[^\x00-\x1f\x7f]{3,320}$",
        description="Whom the letters are from: `address` or `Name <address>`; also the envelope's sender.",
    )
    notice_keys: Secret = Field(
        description="`key-id:64 hex digits` (X25519), one a line: opens one-time codes; `migrate` gives auth the first."
    )
    public_url: str = Field(
        "http://127.0.0.1:8080",
        pattern=r"^https?://[^/\s]+$",
        description="What a filer types, without a path: letters name it.",
    )
    instance_id: str = Field(
        default_factory=socket.gethostname,
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="This notifier's name in the consumer group: static membership.",
    )

    sink_smtp_security: Literal["none", "starttls", "tls"] = Field(
        "none", description="As SMTP_SECURITY, for the sink; it is never signed in to."
    )
    smtp_is_sink: bool = Field(
        default=False, description="The mail server itself delivers nothing: it may be the sink of a rehearsal as well."
    )

    def rehearsal_faults(self) -> list[str]:
        """Return also whether the sink is the real mail server."""
        return super().rehearsal_faults() + (self._sink_faults() if self.rehearsal else [])

    def _sink_faults(self) -> list[str]:
        real = (self.smtp_host.lower(), self.smtp_port)
        apart = real != (self.sink_smtp_host.lower(), self.sink_smtp_port)
        if apart or self.smtp_is_sink or self.rehearsal_mail == "real":
            return []
        return [_SAME_SERVER]

    @property
    def sink(self) -> "NotifierSettings":
        """These settings with the sink in the place of the mail server."""
        return self.model_copy(
            update={
                "smtp_host": self.sink_smtp_host,
                "smtp_port": self.sink_smtp_port,
                "smtp_security": self.sink_smtp_security,
                "smtp_username": "",
                "smtp_password": SecretStr(""),
            }
        )

    @model_validator(mode="after")
    def _from_is_an_address(self) -> Self:
        local, at, domain = self.sender[1].rpartition("@")
        if not at or not local or not domain or " " in self.sender[1]:
            raise ValueError(
                "MAIL_FROM is not `address` or `Name <address>`, for example `Court <noreply@court.example>`"
            )
        return self

    @model_validator(mode="after")
    def _notice_keys_parse(self) -> Self:
        NoticeKeys.parse(self.notice_keys.get_secret_value())
        return self

    @property
    def sender(self) -> tuple[str, str]:
        """Name (may be empty) and address."""
        return parseaddr(self.mail_from)
