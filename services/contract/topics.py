"""The topics: the one table of who writes, who reads, what the key is, and how long a record is kept.

`ecflink topics` creates from it, the AsyncAPI document is generated from it, and a test holds the code against it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.contract.courts import Court
from services.contract.deliveries import MailDelivered
from services.contract.fields import Event
from services.contract.logins import LoginAttempted
from services.contract.notices import FilerNotified
from services.contract.requests import LinkRequested
from services.contract.throttles import LoginThrottled
from services.contract.transactions import LinkTransaction


class Keep(StrEnum):
    """How long a topic keeps its records."""

    COMPACTED = "compacted"
    DAYS_30 = "30 days"
    FOR_EVER = "for ever"


_RETENTION_MS_30_DAYS: Final = 30 * 24 * 60 * 60 * 1000
_CONFIGS: Final[dict[Keep, dict[str, str]]] = {
    Keep.COMPACTED: {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01"},
    Keep.DAYS_30: {"cleanup.policy": "delete", "retention.ms": str(_RETENTION_MS_30_DAYS)},
    Keep.FOR_EVER: {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"},
}


@dataclass(frozen=True)
class Topic:
    """One topic. `event_type` is the `ce_type` of its records; `value` their model."""

    name: str
    key: str
    value: type[Event]
    event_type: str
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    keep: Keep

    def named(self, prefix: str) -> str:
        """Return the name on the broker, behind a deployment's prefix (empty in most)."""
        return prefix + self.name

    @property
    def config(self) -> dict[str, str]:
        """The broker-side settings of the topic."""
        return _CONFIGS[self.keep]


COURTS: Final = Topic(
    name="courts-v1",
    key="court id",
    value=Court,
    event_type="ecflink.court.published.v1",
    written_by=("ops",),
    read_by=("auth", "notifier"),
    keep=Keep.COMPACTED,
)
AUTH_LOGINS: Final = Topic(
    name="auth-logins-v1",
    key="login id of the account, or a keyed hash of an unknown name",
    value=LoginAttempted,
    event_type="ecflink.login.attempted.v1",
    written_by=("auth",),
    read_by=("guard", "replay"),
    keep=Keep.DAYS_30,
)
AUTH_THROTTLES: Final = Topic(
    name="auth-throttles-v1",
    key="account:<account> or address:<prefix>",
    value=LoginThrottled,
    event_type="ecflink.login.throttled.v1",
    written_by=("guard",),
    read_by=("auth",),
    keep=Keep.COMPACTED,
)
LINK_REQUESTS: Final = Topic(
    name="link-requests-v1",
    key="court:pacer account",
    value=LinkRequested,
    event_type="ecflink.link.requested.v1",
    written_by=("auth", "ops"),
    read_by=("linker", "replay"),
    keep=Keep.DAYS_30,
)
LINK_TRANSACTIONS: Final = Topic(
    name="link-transactions-v1",
    key="court:pacer account",
    value=LinkTransaction,
    event_type="ecflink.link.recorded.v1",
    written_by=("linker",),
    read_by=("notifier", "auth", "replay"),
    keep=Keep.FOR_EVER,
)
MAIL_DELIVERIES: Final = Topic(
    name="mail-deliveries-v1",
    key="court:pacer account",
    value=MailDelivered,
    event_type="ecflink.mail.delivered.v1",
    written_by=("notifier",),
    read_by=("auth", "replay"),
    keep=Keep.DAYS_30,
)

FILER_NOTICES: Final = Topic(
    name="filer-notices-v1",
    key="PACER account number, or before the link court:CM/ECF login",
    value=FilerNotified,
    event_type="ecflink.filer.notified.v1",
    written_by=("auth",),
    read_by=("notifier", "replay"),
    keep=Keep.DAYS_30,
)

TOPICS: Final = (
    COURTS,
    AUTH_LOGINS,
    AUTH_THROTTLES,
    LINK_REQUESTS,
    LINK_TRANSACTIONS,
    MAIL_DELIVERIES,
    FILER_NOTICES,
)
