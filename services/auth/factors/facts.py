"""What is known of an account's second factors when its row is read: enough to judge a code, nothing in clear."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

FACTS_COLUMNS: Final = """
ARRAY(SELECT f.factor_id FROM auth.factors AS f WHERE f.pacer_account = a.pacer_account AND f.kind = 'totp'
         AND f.confirmed_at IS NOT NULL ORDER BY f.factor_id) AS totp_ids,
ARRAY(SELECT f.secret FROM auth.factors AS f WHERE f.pacer_account = a.pacer_account AND f.kind = 'totp'
         AND f.confirmed_at IS NOT NULL ORDER BY f.factor_id) AS totp_secrets,
ARRAY(SELECT f.last_step FROM auth.factors AS f WHERE f.pacer_account = a.pacer_account AND f.kind = 'totp'
         AND f.confirmed_at IS NOT NULL ORDER BY f.factor_id) AS totp_steps,
ARRAY(SELECT b.digest FROM auth.backup_codes AS b WHERE b.pacer_account = a.pacer_account
         AND b.used_at IS NULL) AS backup_digests,
(SELECT count(*) FROM auth.factors AS f WHERE f.pacer_account = a.pacer_account AND f.kind = 'passkey'
    AND f.confirmed_at IS NOT NULL) AS passkey_count"""
"""The columns that `FactorFacts.of` reads, for a statement in which `a` is auth.pacer_accounts."""


class TotpFact(NamedTuple):
    """A confirmed app: its encrypted seed and the highest time step that was taken."""

    factor_id: UUID
    secret: bytes
    last_step: int


@dataclass(frozen=True)
class FactorFacts:
    """What an account has: its apps, the digests of its unused backup codes, the number of its passkeys."""

    totp: tuple[TotpFact, ...] = ()
    backup: tuple[bytes, ...] = ()
    passkeys: int = 0

    @property
    def enrolled(self) -> bool:
        """Say whether anything is left that can answer a challenge."""
        return bool(self.totp or self.backup or self.passkeys)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "FactorFacts":
        """Read the columns of FACTS_COLUMNS."""
        apps = zip(row["totp_ids"], row["totp_secrets"], row["totp_steps"], strict=True)
        return cls(tuple(TotpFact(*app) for app in apps), tuple(row["backup_digests"]), row["passkey_count"])


class Use(NamedTuple):
    """A right code, not yet used up: either an app's time step, or a backup code's digest."""

    factor_id: UUID | None = None
    step: int = 0
    digest: bytes | None = None
