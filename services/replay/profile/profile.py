"""The profile file, `replay.toml`: everything that a replay must know of a deployment, and no secret.

A secret is named: by a file that holds it, or by a variable of the environment. Paths are relative to the profile.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from services.audit.settings import AuditSettings
from services.contract.proof import KeyRing
from services.replay.outcome import Unusable
from services.runtime.settings import DatabaseSettings, KafkaSettings, load


def _web(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return url.rstrip("/")


Web = Annotated[str, AfterValidator(_web)]
Name = Annotated[str, Field(pattern=r"^[\w .-]{1,60}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Kafka(_Part):
    """How to reach the cluster. `cluster_ids` is the allow list: nothing is sent to any other cluster unasked."""

    bootstrap_servers: str = Field(min_length=3)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password_file: Path | None = None
    sasl_password_env: str | None = None
    ssl_ca_path: Path | None = None
    ssl_cert_path: Path | None = None
    ssl_key_path: Path | None = None
    topic_prefix: str = Field("", pattern=r"^[a-z0-9-]{0,40}$")
    cluster_ids: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _sasl_is_whole(self) -> Self:
        named = [self.sasl_password_file, self.sasl_password_env]
        if self.security_protocol.startswith("SASL") and (not self.sasl_username or not any(named)):
            raise ValueError("SASL needs sasl_username, and sasl_password_file or sasl_password_env")
        return self


class Ledger(_Part):
    """Postgres as the role that only reads: the audit at the end of a run needs it."""

    database_url: str = Field(pattern=r"^postgres(ql)?://")
    password_file: Path | None = None
    password_env: str | None = None

    @model_validator(mode="after")
    def _password_is_named(self) -> Self:
        if not self.password_file and not self.password_env:
            raise ValueError("needs password_file or password_env")
        return self


class Mail(_Part):
    """Where the mail of a replay lands: the folder of a Maildir, or the address of a Mailpit."""

    mailbox: str = Field(min_length=1)


class FrontDoor(_Part):
    """auth's pages, and the file of the accounts that walk through them."""

    url: Web
    accounts_file: Path | None = None


class Profile(_Part):
    """A deployment. `readyz` has the readiness addresses of its roles by name."""

    name: Name
    rehearsal_key_file: Path | None = None
    kafka: Kafka
    ledger: Ledger | None = None
    mail: Mail | None = None
    front_door: FrontDoor | None = None
    readyz: dict[Name, Web] = Field(default_factory=dict)

    def kafka_settings(self) -> KafkaSettings:
        """Return the settings with which every Kafka client of a replay is made. Raises Unusable, SettingsFault."""
        return load(KafkaSettings, **self._kafka())

    def database_settings(self) -> DatabaseSettings | None:
        """Return how to reach the ledger; None where the profile names none. Raises Unusable, SettingsFault."""
        return None if self.ledger is None else load(DatabaseSettings, **self._ledger(self.ledger))

    def audit_settings(self) -> AuditSettings | None:
        """Return the settings of the audit; None without a ledger. Raises Unusable, SettingsFault."""
        if self.ledger is None:
            return None
        mailbox = None if self.mail is None else self.mail.mailbox
        return load(AuditSettings, **self._kafka(), **self._ledger(self.ledger), mailbox=mailbox)

    def ring(self) -> KeyRing | None:
        """Return the rehearsal keys, of which the first signs; None where the profile names none. Raises Unusable."""
        if self.rehearsal_key_file is None:
            return None
        text = _secret(self.rehearsal_key_file, None, "rehearsal_key_file")
        try:
            return KeyRing.parse(text)
        except ValueError as fault:
            told = str(fault).replace("PROOF_KEYS", str(self.rehearsal_key_file))
            raise Unusable(f"rehearsal_key_file: {told}") from None

    # Every field is given, so that nothing of the caller's environment slips into a profile's settings.
    def _kafka(self) -> dict[str, Any]:
        kafka = self.kafka
        password = ""
        if kafka.security_protocol.startswith("SASL"):
            password = _secret(kafka.sasl_password_file, kafka.sasl_password_env, "kafka.sasl_password")
        return {
            "kafka_bootstrap_servers": kafka.bootstrap_servers,
            "kafka_security_protocol": kafka.security_protocol,
            "kafka_sasl_mechanism": kafka.sasl_mechanism,
            "kafka_sasl_username": kafka.sasl_username,
            "kafka_sasl_password": SecretStr(password),
            "kafka_ssl_ca_path": kafka.ssl_ca_path,
            "kafka_ssl_cert_path": kafka.ssl_cert_path,
            "kafka_ssl_key_path": kafka.ssl_key_path,
            "topic_prefix": kafka.topic_prefix,
        }

    def _ledger(self, ledger: Ledger) -> dict[str, Any]:
        password = _secret(ledger.password_file, ledger.password_env, "ledger.password")
        return {"database_url": ledger.database_url, "database_password": SecretStr(password)}


def _secret(file: Path | None, variable: str | None, what: str) -> str:
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Unusable(f"{what}: {file} cannot be read: {type(error).__name__}") from None
    value = os.environ.get(variable or "", "")
    if not value:
        raise Unusable(f"{what}: the environment has no {variable}: export it, or name a file in the profile")
    return value
