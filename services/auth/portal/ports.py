"""What the pages need from sign-on and linking: ports, and the plain data that crosses them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from services.auth.portal.pairs import Pair
from services.contract.courts import Court
from services.contract.deliveries import DeliveryState, LetterKind
from services.contract.transactions import LinkTransaction, Reason

if TYPE_CHECKING:
    from services.auth.signon.accounts import PacerAccount


@dataclass(frozen=True)
class Client:
    """Where a request came from. `address` is the filer's, after trusted proxies are taken away.

    `replay_run`: the run of the replay that sent it; None where nobody rehearses.
    """

    address: str
    traceparent: bytes | None = None
    replay_run: str | None = None


class Stage(StrEnum):
    """How far a session has come. Values as in the table `auth.sessions`."""

    FULL = "full"
    FACTOR_DUE = "factor-due"
    ENROL_OFFERED = "enrol-offered"
    RESTRICTED = "restricted"


class Origin(StrEnum):
    """Which way a session was begun: by the pages, or by the sign-on API for a filing program."""

    PAGES = "pages"
    API = "api"


class Barrier(StrEnum):
    """Why an account may not go on, apart from the linker's own reasons. Told after the password was proven."""

    PACER_SHARED = "PACER_SHARED"
    PACER_IS_PAA = "PACER_IS_PAA"
    PACER_DISABLED = "PACER_DISABLED"
    PACER_INACTIVE = "PACER_INACTIVE"
    CLIENT_CODE_REQUIRED = "CLIENT_CODE_REQUIRED"
    CLIENT_CODE_INVALID = "CLIENT_CODE_INVALID"
    REDACTION_NOT_ACKED = "REDACTION_NOT_ACKED"
    FACTOR_REQUIRED = "FACTOR_REQUIRED"
    CMECF_DISABLED = "CMECF_DISABLED"


@dataclass(frozen=True)
class Credentials:
    """What a filer gives to sign in. `redact`: the redaction notice was acknowledged with it (programs do so)."""

    login: str
    password: str = field(repr=False)
    client_code: str = ""
    otp_code: str = field(default="", repr=False)
    redact: bool = False


@dataclass(frozen=True, kw_only=True)
class Reproof:
    """What a signed-in filer gives to prove themselves again.

    `otp_code` is for a remote sign-on, `code` for a factor that is enrolled here; `factor_done`: a passkey was verified
    instead of it. `ticket` is what an earlier Throttled gave.
    """

    password: str = field(repr=False)
    otp_code: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    factor_done: bool = False
    ticket: str = ""


@dataclass(frozen=True)
class Entry:
    """A sign-in that went through: the new session's token, and how far it has come.

    `warning` is told beside it (a remote sign-on's, or that a search needs a client code).
    """

    token: str = field(repr=False)
    stage: Stage
    account: "PacerAccount"
    warning: str = ""


@dataclass(frozen=True)
class Filer:
    """The person behind a PACER account. `kind` and `status` as in the table `auth.pacer_accounts`."""

    pacer_account: str
    login: str
    name: str
    email: str
    upgraded: bool
    kind: str = "individual"
    status: str = "active"
    exempt: bool = False
    case_search_only: bool = False
    roles: tuple[str, ...] = ()
    language: str = "en"

    @property
    def may_file(self) -> bool:
        """Filing needs an individual account that has been upgraded."""
        return self.upgraded and self.kind == "individual"


@dataclass(frozen=True)
class Session:
    """A signed-in filer. `acknowledged_court` is the court for which "this is my own account" was ticked.

    `proved_at`: when password and factor were last given. `idle_until`: when it ends unless the filer does something.
    `redaction_acknowledged` is true also for an account that cannot file.
    """

    token_hash: bytes
    filer: Filer
    client_code: str
    signed_in_at: datetime
    expires_at: datetime
    acknowledged_court: str | None
    stage: Stage = Stage.FULL
    proved_at: datetime | None = None
    redaction_acknowledged: bool = True
    origin: str = "pages"
    idle_until: datetime | None = None


@dataclass(frozen=True)
class Outcome:
    """What is known of a received request; `transaction` is null until the ledger has it."""

    request_id: UUID
    court_id: str
    received_at: datetime
    transaction: LinkTransaction | None
    letters: dict[LetterKind, DeliveryState]


@dataclass(frozen=True)
class Standing:
    """How a filer stands at a court: the active link, the last transaction, and a request still under way."""

    court_id: str
    link: LinkTransaction | None
    last: LinkTransaction | None
    open_request: UUID | None


class SignInRefused(Exception):
    """Username or password did not match; the same answer whichever it was."""


class SignInBarred(Exception):
    """The password was right, but this account may not go on; `barrier` says why."""

    def __init__(self, barrier: Barrier) -> None:
        super().__init__(barrier.value)
        self.barrier = barrier


class Busy(Exception):
    """Turned away before any work was done: too many tries, or the hash pool's queue is full."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"try again in {retry_after_s} seconds")
        self.retry_after_s = retry_after_s


class Throttled(Busy):
    """Too many wrong tries. Whoever brings `ticket` back after the wait is admitted, whatever others do meanwhile."""

    def __init__(self, retry_after_s: int, ticket: str = "") -> None:
        super().__init__(retry_after_s)
        self.ticket = ticket


class VerifierDown(Exception):
    """The remote sign-on that verifies passwords does not answer."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"the sign-on does not answer; try again in {retry_after_s} seconds")
        self.retry_after_s = retry_after_s


class CmecfRefused(Exception):
    """CM/ECF login or password did not match; one neutral answer."""


class LinkRefused(Exception):
    """The link cannot be made, for a reason that both proven accounts may know. `transaction`: the link that stands."""

    def __init__(self, reason: Reason | Barrier, transaction: LinkTransaction | None = None) -> None:
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
    """Signing in and out. What a filer typed is bounded by the page before it gets here."""

    async def enter(
        self,
        credentials: Credentials,
        *,
        court_id: str | None,
        client: Client,
        origin: Origin = Origin.PAGES,
        ticket: str = "",
    ) -> Entry:
        """Begin a session. Raises SignInRefused, SignInBarred, Throttled, Busy or VerifierDown."""

    async def sign_in(
        self, username: str, password: str, *, client_code: str, court_id: str | None, client: Client
    ) -> str:
        """Return the token of `enter`."""

    async def session(self, token: str) -> Session | None:
        """Return the session of a cookie, and move its idle limit on; None when there is none or it ended."""

    async def touch(self, session: Session) -> Session:
        """Move the idle limit on, because the filer asked to stay; return the session as it is now."""

    async def acknowledge(self, session: Session, court_id: str) -> None:
        """Note that the filer said the account is their own, individual one."""

    async def acknowledge_redaction(self, session: Session, court_id: str) -> None:
        """Note that the filer has read the redaction notice."""

    async def prove_again(self, session: Session, given: Reproof, *, client: Client) -> None:
        """Verify the password (and code, where a factor is enrolled) of this session's own account once more.

        Only `proved_at` moves. Raises SignInRefused, Throttled, Busy or VerifierDown.
        """

    async def sessions_of(self, filer: Filer) -> list[Session]:
        """Return the open sessions of an account, the newest first."""

    async def end_others(self, session: Session) -> int:
        """End every other session of the same account; return how many there were."""

    async def sign_out(self, token: str) -> None:
        """End a session."""


class Linking(Protocol):
    """The link walk."""

    async def link_of(self, filer: Filer, court_id: str) -> LinkTransaction | None:
        """Return the transaction of the filer's active link at a court."""

    async def standings(self, filer: Filer) -> list[Standing]:
        """Return how the filer stands at each court where something happened, by court id."""

    async def check(self, filer: Filer, court: Court) -> None:
        """Raise LinkRefused when this filer cannot link at this court, whatever the CM/ECF account."""

    async def prove(self, session: Session, court: Court, login: str, password: str, *, client: Client) -> Pair:
        """Verify the CM/ECF credentials. Raises CmecfRefused, LinkRefused, Throttled or Busy."""

    async def confirm(
        self, session: Session, court: Court, form_token: str, *, client: Client, both_are_me: str = ""
    ) -> UUID:
        """Commit the request and return its id; the same token gives the same id.

        Raises FormStale, LinkRefused, or NamesDiffer unless `both_are_me` is the pair's own acknowledgment.
        """

    async def outcome(self, filer: Filer, request_id: UUID, *, wait_s: float) -> Outcome | None:
        """Return what became of the filer's request, waiting `wait_s` seconds at most; None when it is not theirs."""

    async def history(self, filer: Filer, court_id: str) -> list[LinkTransaction]:
        """Return the filer's transactions at a court, newest first."""
