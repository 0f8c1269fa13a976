"""What the sign-on API and the remote sign-on are told; a part of auth's settings."""

from pathlib import Path

from pydantic import Field, field_validator

from services.runtime.settings import RoleSettings

_ADDRESS_EXAMPLE = "https://sign-on.example.org"


class ApiSettings(RoleSettings):
    """The API that we serve, and the one that we are a client of when PACER_VERIFIER is `remote`."""

    api_enabled: bool = Field(default=True, description="Serve /services/cso-auth and /services/cso-logout.")
    api_per_minute: int = Field(
        120, ge=1, le=1_000_000, description="API requests in a minute from one address prefix; beyond it 429."
    )
    api_idle_s: int = Field(1200, ge=60, le=86_400, description="An API token ends after so long without use.")
    api_absolute_s: int = Field(43_200, ge=60, le=604_800, description="An API token ends after so long, used or not.")
    sign_on_url: str = Field(
        "", description=f"The remote sign-on without a path, e.g. {_ADDRESS_EXAMPLE}; used when PACER_VERIFIER=remote."
    )
    sign_on_timeout_s: float = Field(5, gt=0, le=60, description="Longest wait for an answer of the remote sign-on.")
    sign_on_ca_path: Path | None = Field(None, description="CA certificates (PEM) for it; the system's when unset.")
    sign_on_forward_address: bool = Field(
        default=False,
        description="Tell it each filer's address (X-Forwarded-For): on for another ecflink, off for a third party.",
    )
    sign_on_breaker_failures: int = Field(
        5, ge=1, le=1000, description="Failures in a row after which the remote sign-on is not asked for a while."
    )
    sign_on_breaker_s: float = Field(15, gt=0, le=3600, description="How long that while is; then one request tries.")

    @field_validator("sign_on_url")
    @classmethod
    def _no_path(cls, address: str) -> str:
        scheme, _, host = address.rstrip("/").partition("://")
        if address and (scheme not in {"http", "https"} or not host or set("/?#@ ") & set(host)):
            raise ValueError(f"write scheme and host alone, such as {_ADDRESS_EXAMPLE}")
        return address.rstrip("/")
