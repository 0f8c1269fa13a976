"""Who says whether a password is right: our own table, or a remote sign-on."""

from dataclasses import dataclass
from typing import Protocol

from services.auth.portal.ports import Client, Credentials, VerifierDown
from services.auth.signon.accounts import PacerAccount, storable
from services.auth.signon.hashes import Dummies
from services.auth.signon.passwords import Lane


@dataclass(frozen=True)
class Proof:
    """What a verifier found. `factor_done`: it asked for the second factor itself. `warning` is told to the filer."""

    matched: bool
    factor_done: bool = False
    warning: str = ""


class Verifier(Protocol):
    """Verifies the credentials of a PACER account. `ticket` is what its own Throttled gave, brought back."""

    async def verify(
        self, credentials: Credentials, account: PacerAccount | None, *, client: Client, ticket: str = ""
    ) -> Proof:
        """Compute exactly one hash, or send one request. Raises Busy, VerifierDown, or Throttled with a ticket."""


@dataclass(frozen=True)
class OwnVerifier:
    """Verifies against the hashes of our own table."""

    lane: Lane
    dummies: Dummies

    async def verify(
        self,
        credentials: Credentials,
        account: PacerAccount | None,
        *,
        client: Client,  # noqa: ARG002 - the limits have looked at it
        ticket: str = "",  # noqa: ARG002 - it gives none
    ) -> Proof:
        """Compute exactly one hash. Raises Busy when the lane is full."""
        password_hash = account.password_hash if account else None
        dummy = self.dummies.pick(storable(credentials.login))
        return Proof(matched=await self.lane.verify(password_hash, credentials.password, dummy=dummy))


__all__ = ["Credentials", "OwnVerifier", "Proof", "Verifier", "VerifierDown"]
