"""Settings: one frozen model per role, from environment variables; any NAME may come from the file that NAME_FILE
names.

The groups below are shared by roles. A role's own model inherits the groups that it needs.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from services.contract.proof import KeyRing

_PLACEHOLDERS = ("changeme", "change-me", "change_me", "placeholder", "secret", "password", "example", "todo", "xxx")


class SettingsFault(Exception):
    """Every fault of a role's settings, told together, each with what to do."""


class _FileSource(PydanticBaseSettingsSource):
    """Reads field X from the file that the variable X_FILE names: how containers and systemd hand over secrets."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - its signature
        path = os.environ.get(f"{field_name.upper()}_FILE")
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            message = f"{field_name.upper()}_FILE names {path}, which cannot be read: {type(error).__name__}"
            raise SettingsFault(message) from None

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(info, name)[0] for name, info in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def _not_a_placeholder(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value().strip().lower()
    if not text or text.strip("<>") in _PLACEHOLDERS:
        message = "is empty or a placeholder; `deploy/init` makes real ones"
        raise ValueError(message)
    return secret


Secret = Annotated[SecretStr, AfterValidator(_not_a_placeholder)]
"""A secret that must be real: empty ones and placeholders are refused."""


class RoleSettings(BaseSettings):
    """What every role has: a management port and a log level."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    management_host: str = Field("127.0.0.1", description="Address of /livez, /readyz and /metrics.")
    management_port: int = Field(0, ge=0, le=65535, description="Their port; 0 takes a free one and logs it.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level that is logged."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _FileSource(settings_cls), env_settings


class KafkaSettings(RoleSettings):
    """How to reach Kafka."""

    kafka_bootstrap_servers: str = Field(min_length=3, description="host:port, several with commas.")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="Transport and authentication, as Kafka names them."
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="Used with SASL_PLAINTEXT and SASL_SSL."
    )
    kafka_sasl_username: str = Field("", description="The SASL user.")
    kafka_sasl_password: SecretStr = Field(SecretStr(""), description="The SASL password.")
    kafka_ssl_ca_path: Path | None = Field(None, description="CA certificates (PEM); the system's when unset.")
    kafka_ssl_cert_path: Path | None = Field(None, description="Client certificate (PEM) for mutual TLS.")
    kafka_ssl_key_path: Path | None = Field(None, description="Its key (PEM).")
    topic_prefix: str = Field(
        "",
        pattern=r"^[a-z0-9-]{0,40}$",
        description="Put before every topic and group: several deployments on one cluster.",
    )

    @model_validator(mode="after")
    def _sasl_needs_a_user(self) -> Self:
        if self.kafka_security_protocol.startswith("SASL") and not self.kafka_sasl_username:
            message = "KAFKA_SECURITY_PROTOCOL asks for SASL: set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"
            raise ValueError(message)
        return self


class DatabaseSettings(RoleSettings):
    """How to reach Postgres."""

    database_url: str = Field(
        pattern=r"^postgres(ql)?://",
        description="postgresql://user@host:port/database; TLS by ?sslmode=verify-full&sslrootcert=PATH.",
    )
    database_password: Secret = Field(description="The role's password.")


class ProofSettings(RoleSettings):
    """The proof keys."""

    proof_keys: Secret = Field(description="`key-id:64 hex digits`, one a line; the first signs, all verify.")

    @model_validator(mode="after")
    def _keys_parse(self) -> Self:
        KeyRing.parse(self.proof_keys.get_secret_value())
        return self

    @property
    def key_ring(self) -> KeyRing:
        """The parsed keys."""
        return KeyRing.parse(self.proof_keys.get_secret_value())


def load[Model: RoleSettings](model: type[Model], **given: object) -> Model:
    """Build a role's settings. Raises SettingsFault that lists every fault at once, with names as in the
    environment.
    """
    try:
        return model(**given)  # type: ignore[arg-type]  # pydantic checks what a caller gives
    except ValidationError as error:
        faults = [
            _sentence(".".join(str(part) for part in fault["loc"]), fault["msg"], fault["type"])
            for fault in error.errors()
        ]
        raise SettingsFault("\n".join(faults)) from None


def _sentence(name: str, trouble: str, kind: str) -> str:
    variable = name.upper() or "settings"
    if kind == "missing":
        return f"{variable}: is not set; set it, or {variable}_FILE to a file that holds it"
    return f"{variable}: {trouble.removeprefix('Value error, ')}"
