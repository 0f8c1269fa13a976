"""The settings of the auth role: one frozen model, built once when the role starts."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from services.auth.api.settings import ApiSettings
from services.auth.factors.settings import FactorSettings
from services.auth.notices.settings import NoticeSettings
from services.auth.portal.client import networks
from services.auth.protection.settings import ProtectionSettings
from services.runtime.rehearsal import RehearsalKeySettings
from services.runtime.settings import DatabaseSettings, KafkaSettings, Secret

SECRET_CHARACTERS_MIN = 32


class PacerVerifier(StrEnum):
    """Who says whether a PACER password is right: our own table, or the sign-on at SIGN_ON_URL."""

    OWN = "own"
    REMOTE = "remote"


class AuthSettings(
    DatabaseSettings,
    KafkaSettings,
    RehearsalKeySettings,
    ApiSettings,
    FactorSettings,
    NoticeSettings,
    ProtectionSettings,
):
    """Everything that auth is told."""

    management_port: int = Field(9101, ge=0, le=65535, description="Port of /livez, /readyz and /metrics.")
    http_host: str = Field("127.0.0.1", description="Address that the pages are served on.")
    http_port: int = Field(8080, ge=0, le=65535, description="Their port; 0 takes a free one and logs it.")
    tls_cert_path: Path | None = Field(None, description="Certificate chain (PEM): the pages are served over HTTPS.")
    tls_key_path: Path | None = Field(None, description="Its key (PEM).")
    trusted_proxies: str = Field(
        "", description="Addresses or networks, with commas, whose forwarded headers tell the filer's address."
    )
    public_url: str = Field(
        "http://127.0.0.1:8080",
        pattern=r"^https?://[^/\s]+$",
        description="What a filer types, without a path; https here makes cookies Secure.",
    )
    form_secret: Secret = Field(description="Signs forms and hashes unknown names in events; 32 characters or more.")
    demo: bool = Field(default=False, description="Show that this is a demonstration system.")
    mail_stays_here: bool = Field(default=False, description="Show that no mail leaves this system.")
    pacer_verifier: PacerVerifier = Field(
        PacerVerifier.OWN, description="`own`: PACER passwords are imported; `remote`: SIGN_ON_URL verifies them."
    )
    session_idle_s: int = Field(1800, ge=60, le=86_400, description="A session of the pages ends when idle so long.")
    session_absolute_s: int = Field(28_800, ge=300, le=604_800, description="It ends after this in any case.")
    hash_threads: int = Field(0, ge=0, le=256, description="Threads that verify passwords; 0 is one per core.")
    database_connections: int = Field(
        16,
        ge=11,
        le=200,
        description="Connections to Postgres at most: 7 for relays and projections, half of the rest for those inside.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_parse(cls, text: str) -> str:
        networks(text)
        return text

    @model_validator(mode="after")
    def _certificate_and_key(self) -> Self:
        if (self.tls_cert_path is None) != (self.tls_key_path is None):
            raise ValueError("TLS_CERT_PATH and TLS_KEY_PATH go together: set both or neither")
        return self

    @model_validator(mode="after")
    def _remote_has_an_address(self) -> Self:
        if self.pacer_verifier is PacerVerifier.REMOTE and not self.sign_on_url:
            raise ValueError("PACER_VERIFIER is remote: set SIGN_ON_URL to the sign-on that verifies passwords")
        return self

    @model_validator(mode="after")
    def _secret_is_long(self) -> Self:
        if len(self.form_secret.get_secret_value()) < SECRET_CHARACTERS_MIN:
            raise ValueError(f"FORM_SECRET is shorter than {SECRET_CHARACTERS_MIN} characters; `deploy/init` makes one")
        return self
