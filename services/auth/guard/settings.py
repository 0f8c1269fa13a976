"""The settings of the guard: one frozen model, built once when the role starts."""

from pathlib import Path

from pydantic import Field

from services.runtime.settings import KafkaSettings


class GuardSettings(KafkaSettings):
    """Everything that the guard is told. It has no database."""

    management_port: int = Field(9104, ge=0, le=65535, description="Port of /livez, /readyz and /metrics.")
    http_host: str = Field("127.0.0.1", description="Address of the page for court staff; it asks for no sign-in.")
    http_port: int = Field(8081, ge=0, le=65535, description="Its port; 0 takes a free one and logs it.")
    state_path: Path = Field(
        Path("var/guard"), description="A folder of the guard's own; all that matters is in Kafka."
    )
    instance_id: str = Field(
        "guard",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="Its name in the consumer group; kept over restarts, so that it is at work again at once.",
    )
    window_s: int = Field(300, ge=60, le=3600, description="Failures are counted over this time.")
    account_failures: int = Field(10, ge=2, le=10_000, description="Failures on one account that throttle it.")
    address_failures: int = Field(
        100, ge=2, le=100_000, description="Failures from one address prefix that throttle it."
    )
    address_accounts: int = Field(
        20, ge=2, le=64, description="Different accounts failed from one address prefix that throttle it."
    )
    throttle_s: int = Field(300, ge=10, le=3600, description="A first throttle's length; the next are twice as long.")
    progress_s_max: float = Field(
        30.0, ge=5, le=600, description="Without progress for so long while records wait, /livez says dead."
    )
