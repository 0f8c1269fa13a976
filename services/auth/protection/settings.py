"""What protects the sign-in is told; a part of auth's settings."""

from pathlib import Path

from pydantic import Field

from services.runtime.settings import RoleSettings


class ProtectionSettings(RoleSettings):
    """Bounds on how often, how long and with what anybody may try."""

    sign_in_address_per_minute: int = Field(
        120,
        ge=1,
        le=1_000_000,
        description="Sign-ins in a minute from one address prefix (/24 or /56); a sixth of it, or 20, at once.",
    )
    sign_in_court_per_second: int = Field(
        400, ge=1, le=100_000, description="Sign-ins in a second at one court, before the database is asked."
    )
    throttle_failures: int = Field(5, ge=1, le=100, description="Wrong tries of an account that wait for nothing.")
    throttle_delay_s_max: int = Field(
        60, ge=1, le=900, description="The longest wait after a wrong try; it begins with 1 second and doubles."
    )
    hash_queue_count_max: int = Field(
        24, ge=1, le=1000, description="Passwords that wait for each hash thread; beyond it a filer is told to wait."
    )
    body_s_max: float = Field(10, gt=0, le=300, description="Longest time in which a form must have arrived.")
    breached_passwords_path: Path | None = Field(
        None,
        description="More passwords to refuse: sorted lines `SHA1:count`, as the k-anonymity service exports them.",
    )
