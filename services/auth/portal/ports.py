"""What the pages need from sign-on and linking: ports, and the plain data that crosses them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.contract.courts import Court
from services.contract.deliveries import DeliveryState, LetterKind
from services.contract.transactions import LinkTransaction, Reason


@dataclass(frozen=True)
class Client:
    """Where a request came from. `address` is the filer's, after trusted proxies are taken away."""

    address: str
    traceparent: bytes | None = None


@dataclass(frozen=True)
class Filer:
    """The person behind a PACER account."""

    pacer_account: str
    login: str
    name: str
    email: str
    upgraded: bool


@dataclass(frozen=True)
class Session:
    """A signed-in filer. `acknowledged_court` is the court for which "this is my own account" was ticked."""

    token_hash: bytes
    filer: Filer
    client_code: str
    signed_in_at: datetime
    expires_at: datetime
    acknowledged_court: str | None


@dataclass(frozen=True)
class Pair:
    """Two accounts, both proven, that can be linked by posting `form_token` back within ten minutes.

    The token is signed and holds the request id, so that a double click, the back button and a retry are one request.
    """

    form_token: str
    pacer_name: str
    cmecf_name: str
    cmecf_login: str


@dataclass(frozen=True)
class Outcome:
    """What is known of a received request; `transaction` is null until the ledger has it."""

    request_id: UUID
    court_id: str
    received_at: datetime
    transaction: LinkTransaction | None
    letters: dict[LetterKind, DeliveryState]


class SignInRefused(Exception):
    """Username or password did not match; the same answer whichever it was."""


class Busy(Exception):
    """Turned away before any work was done: too many tries, or the hash pool's queue is full."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"try again in {retry_after_s} seconds")
        self.retry_after_s = retry_after_s


class CmecfRefused(Exception):
    """CM/ECF login or password did not match, or the login is retired by a link; one neutral answer."""


class LinkRefused(Exception):
    """The link cannot be made, for a reason that both proven accounts may know. `transaction`: the link that stands."""

    def __init__(self, reason: Reason, transaction: LinkTransaction | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.transaction = transaction


class FormStale(Exception):
    """The confirm form is not this session's, was changed, or is older than ten minutes: start again."""


class Courts(Protocol):
    """The registry as courts-v1 tells it."""

    def get(self, court_id: str) -> Court | None: ...

    def all(self) -> list[Court]: ...


class SignOn(Protocol):
    """Signing in and out. `username`, `password`, `client_code` are bounded by the page before they get here."""

    async def sign_in(
        self, username: str, password: str, *, client_code: str, court_id: str | None, client: Client
    ) -> str:
        """Return the cookie's value for a new session. Raises SignInRefused or Busy."""

    async def session(self, token: str) -> Session | None:
        """Return the session of a cookie, and move its idle limit on; None when there is none or it ended."""

    async def acknowledge(self, session: Session, court_id: str) -> None:
        """Note that the filer said the account is their own, individual one."""

    async def sign_out(self, token: str) -> None:
        """End a session."""


class Linking(Protocol):
    """The link walk."""

    async def link_of(self, filer: Filer, court_id: str) -> LinkTransaction | None:
        """Return the transaction of the filer's active link at a court."""

    async def check(self, filer: Filer, court: Court) -> None:
        """Raise LinkRefused when this filer cannot link at this court, whatever the CM/ECF account."""

    async def prove(self, session: Session, court: Court, login: str, password: str, *, client: Client) -> Pair:
        """Verify the CM/ECF credentials. Raises CmecfRefused, LinkRefused or Busy."""

    async def confirm(self, session: Session, court: Court, form_token: str, *, client: Client) -> UUID:
        """Commit the request and return its id; the same token gives the same id. Raises FormStale or LinkRefused."""

    async def outcome(self, filer: Filer, request_id: UUID, *, wait_s: float) -> Outcome | None:
        """Return what became of the filer's request, waiting `wait_s` seconds at most; None when it is not theirs."""

    async def history(self, filer: Filer, court_id: str) -> list[LinkTransaction]:
        """Return the filer's transactions at a court, newest first."""
