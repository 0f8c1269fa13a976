"""Who says whether a password is right: our own table, or a remote sign-on."""

from dataclasses import dataclass
from typing import Protocol

from services.auth.portal.ports import Credentials, VerifierDown
from services.auth.signon.accounts import PacerAccount
from services.auth.signon.hashes import Dummies
from services.auth.signon.passwords import Lane


@dataclass(frozen=True)
class Proof:
    """What a verifier found. `factor_done`: it asked for the second factor itself. `warning` is told to the filer."""

    matched: bool
    factor_done: bool = False
    warning: str = ""


class Verifier(Protocol):
    """Verifies the credentials of a PACER account."""

    async def verify(self, credentials: Credentials, account: PacerAccount | None) -> Proof:
        """Compute exactly one hash, or send one request, whoever is asked for. Raises Busy or VerifierDown."""


@dataclass(frozen=True)
class OwnVerifier:
    """Verifies against the hashes of our own table."""

    lane: Lane
    dummies: Dummies

    async def verify(self, credentials: Credentials, account: PacerAccount | None) -> Proof:
        """Compute exactly one hash. Raises Busy when the lane is full."""
        password_hash = account.password_hash if account else None
        dummy = self.dummies.pick(credentials.login)
        return Proof(matched=await self.lane.verify(password_hash, credentials.password, dummy=dummy))


__all__ = ["Credentials", "OwnVerifier", "Proof", "Verifier", "VerifierDown"]
