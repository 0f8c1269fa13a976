"""The limiter with a clock and verdicts of the test's own."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil

import pytest

from services.auth.portal.ports import Client
from services.auth.protection.limiter import Limiter
from services.auth.protection.settings import ProtectionSettings
from services.contract.throttles import ThrottleKind

OWNER, STRANGER = Client("192.0.2.7"), Client("198.51.100.9")
ACCOUNT = "quinn.harper"


@dataclass
class Scene:
    """A limiter, its clock, and what the guard has decided."""

    moment: datetime = datetime(2026, 11, 25, 12, tzinfo=UTC)
    verdicts: dict[tuple[ThrottleKind, str], datetime] = field(default_factory=dict)
    settings: ProtectionSettings = field(default_factory=ProtectionSettings)

    def __post_init__(self) -> None:
        self.limiter = Limiter(self.settings, self, b"f" * 40, lambda: self.moment)

    def until(self, kind: ThrottleKind, subject: str, now: datetime) -> datetime | None:
        end = self.verdicts.get((kind, subject))
        return end if end is not None and end > now else None

    def pass_time(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def guard(self, prefix: str) -> None:
        """The guard throttles the account and a network, for an hour."""
        end = self.moment + timedelta(hours=1)
        self.verdicts |= {(ThrottleKind.ACCOUNT, ACCOUNT): end, (ThrottleKind.ADDRESS, prefix): end}

    def try_wrong(self, client: Client, *, account: str = ACCOUNT, known_place: bool = False, ticket: str = "") -> None:
        """A wrong try from its beginning to its end. Raises Throttled when it is not admitted."""
        self.limiter.admit(account, client, known_place=known_place, ticket=ticket)
        self.limiter.failed(account, client, "UTBK")

    def wait_of(self, client: Client, *, account: str = ACCOUNT, known_place: bool = False) -> int:
        """Return the whole seconds that a try would have to wait, without making one."""
        return ceil(self.limiter.wait_s(account, client, known_place=known_place))


@pytest.fixture
def scene() -> Scene:
    return Scene()
