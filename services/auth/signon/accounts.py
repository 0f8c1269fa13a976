"""The imported accounts: looking one up by what its owner types. Whether a password is right is decided elsewhere."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from services.auth.factors.facts import FACTS_COLUMNS, FactorFacts
from services.contract.courts import Court
from services.runtime.database import Pool, acquired

_PACER: Final = f"""
SELECT a.pacer_account, a.login, a.password_hash, a.name, a.email, a.upgraded, a.kind, a.status, a.exempt,
       a.case_search_only, a.roles, a.client_code_required, a.client_codes, a.factor_skips,
       {FACTS_COLUMNS},
       EXISTS (SELECT FROM auth.known_places AS k WHERE k.pacer_account = a.pacer_account AND k.address_prefix = $2)
       AS known_place
  FROM auth.pacer_accounts AS a WHERE a.login = $1"""  # noqa: S608 - a constant of ours stands in it

# A login that a link has retired is found like any other, so that its refusal takes the same time.
CMECF_COLUMNS: Final = """
a.login, a.cmecf_canonical, a.password_hash, a.name, a.email, a.verifier_version, a.role, a.status,
EXISTS (SELECT FROM auth.links AS l WHERE (l.court_id, l.cmecf_canonical) = (a.court_id, a.cmecf_canonical)) AS retired
"""
_CMECF: Final = f"""
SELECT {CMECF_COLUMNS} FROM auth.cmecf_accounts AS a WHERE a.court_id = $1 AND a.cmecf_canonical = $2"""  # noqa: S608 - the same

_CMECF_FIELDS: Final = ("login", "password_hash", "name", "email", "verifier_version", "role", "status", "retired")
_FACTOR_COLUMNS: Final = frozenset({"totp_ids", "totp_secrets", "totp_steps", "backup_digests", "passkey_count"})


class Kind(StrEnum):
    """Kinds of PACER accounts. Only an individual one may file and link (domain notes, 3.1)."""

    INDIVIDUAL = "individual"
    ADMINISTRATIVE = "administrative"
    SHARED = "shared"


class Status(StrEnum):
    """`inactive` takes the case search away, not the filing; `disabled` ends all use."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DISABLED = "disabled"


class Role(StrEnum):
    """What a filer is to the courts. Attorney and trustee are two PACER accounts (domain notes, 3.1)."""

    ATTORNEY = "attorney"
    TRUSTEE = "trustee"
    US_TRUSTEE = "us-trustee"
    FILING_AGENT = "filing-agent"
    LIMITED_FILER = "limited-filer"
    TRANSCRIBER = "transcriber"
    AUDITOR = "auditor"
    COURSE_PROVIDER = "course-provider"
    COURT_REPORTER = "court-reporter"
    MEDIA = "media"
    INTERESTED_PARTY = "interested-party"
    PRO_SE = "pro-se"


class LoginState(StrEnum):
    """What a CM/ECF login is good for: signing in, proving the link once more, or nothing."""

    SIGN_IN = "sign-in"
    PROOF_ONLY = "proof only"
    RETIRED = "retired"


@dataclass(frozen=True)
class PacerAccount:
    """A national account, one per person. `password_hash` is None where the remote sign-on alone verifies.

    `known_place`: the account signed in from this address prefix before.
    """

    pacer_account: str
    login: str
    password_hash: str | None = field(repr=False)
    name: str
    email: str
    upgraded: bool
    kind: str = Kind.INDIVIDUAL
    status: str = Status.ACTIVE
    exempt: bool = False
    case_search_only: bool = False
    roles: tuple[str, ...] = ()
    client_code_required: bool = False
    client_codes: tuple[str, ...] = ()
    factor_skips: int = 0
    factors: FactorFacts = field(default=FactorFacts(), repr=False)
    known_place: bool = False

    @property
    def may_file(self) -> bool:
        """Filing needs an individual account that has been upgraded."""
        return self.upgraded and self.kind == Kind.INDIVIDUAL


@dataclass(frozen=True)
class CmecfAccount:
    """A court's own account. `retired`: a link has taken its place. `verifier_version` grows with each new password."""

    login: str
    canonical: str
    password_hash: str = field(repr=False)
    name: str
    email: str | None
    verifier_version: int
    retired: bool
    role: str = Role.ATTORNEY
    status: str = Status.ACTIVE

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "CmecfAccount":
        """Read a row of CMECF_COLUMNS."""
        plain = {name: row[name] for name in _CMECF_FIELDS}
        return cls(canonical=row["cmecf_canonical"], **plain)

    @property
    def verifier(self) -> str:
        """How the proof of this account's password is named in a request."""
        return f"accounts:{self.verifier_version}"


class Accounts:
    """The accounts in Postgres. Raises Transient while it does not answer."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def pacer(self, login: str, address_prefix: str = "") -> PacerAccount | None:
        """Return the PACER account with this login, in one statement whatever the account has."""
        async with acquired(self._pool) as connection:
            row = await connection.fetchrow(_PACER, storable(login), address_prefix)
        if row is None:
            return None
        plain = {name: value for name, value in row.items() if name not in _FACTOR_COLUMNS}
        plain |= {"roles": tuple(row["roles"]), "client_codes": tuple(row["client_codes"])}
        return PacerAccount(**plain, factors=FactorFacts.of(row))

    async def cmecf(self, court_id: str, canonical: str) -> CmecfAccount | None:
        """Return the CM/ECF account of a court by its login as the court compares it."""
        async with acquired(self._pool) as connection:
            row = await connection.fetchrow(_CMECF, court_id, storable(canonical))
        return None if row is None else CmecfAccount.of(row)


def login_state(court: Court, *, retired: bool, now: datetime) -> LoginState:
    """Return what a CM/ECF login is good for at this court now.

    Until the court goes live on NextGen it signs in; then it serves as proof for the link; the link retires it.
    """
    if retired:
        return LoginState.RETIRED
    live = court.live_at is not None and court.live_at <= now
    return LoginState.PROOF_ONLY if live else LoginState.SIGN_IN


def storable(text: str) -> str:
    """Return text as accounts keep it: Unicode NFC. What Postgres cannot hold becomes something that nobody has."""
    return unicodedata.normalize("NFC", text).replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
