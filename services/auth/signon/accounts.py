"""The imported accounts: looking one up by what its owner types. Whether a password is right is decided elsewhere."""

import unicodedata
from dataclasses import dataclass, field
from typing import Final

from services.runtime.database import Pool, acquired

_PACER: Final = """
SELECT pacer_account, login, password_hash, name, email, upgraded FROM auth.pacer_accounts WHERE login = $1"""

# A login that a link has retired is found like any other, so that its refusal takes the same time.
_CMECF: Final = """
SELECT a.login, a.cmecf_canonical, a.password_hash, a.name, a.email, a.verifier_version,
       EXISTS (SELECT FROM auth.links AS l WHERE (l.court_id, l.cmecf_canonical) = (a.court_id, a.cmecf_canonical))
       AS retired
  FROM auth.cmecf_accounts AS a WHERE a.court_id = $1 AND a.cmecf_canonical = $2"""


@dataclass(frozen=True)
class PacerAccount:
    """A national account, one per person."""

    pacer_account: str
    login: str
    password_hash: str = field(repr=False)
    name: str
    email: str
    upgraded: bool


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

    @property
    def verifier(self) -> str:
        """How the proof of this account's password is named in a request."""
        return f"accounts:{self.verifier_version}"


class Accounts:
    """The accounts in Postgres. Raises Transient while it does not answer."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def pacer(self, login: str) -> PacerAccount | None:
        """Return the PACER account with this login."""
        async with acquired(self._pool) as connection:
            row = await connection.fetchrow(_PACER, storable(login))
        return None if row is None else PacerAccount(**row)

    async def cmecf(self, court_id: str, canonical: str) -> CmecfAccount | None:
        """Return the CM/ECF account of a court by its login as the court compares it."""
        async with acquired(self._pool) as connection:
            row = await connection.fetchrow(_CMECF, court_id, storable(canonical))
        if row is None:
            return None
        return CmecfAccount(
            canonical=row["cmecf_canonical"], **{k: v for k, v in row.items() if k != "cmecf_canonical"}
        )


def storable(text: str) -> str:
    """Return text as accounts keep it: Unicode NFC. What Postgres cannot hold becomes something that nobody has."""
    return unicodedata.normalize("NFC", text).replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
