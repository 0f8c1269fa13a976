"""A stand-in for sign-on and linking that gives the pages each answer they can get; no claim about the system."""
# ruff: noqa: ARG002 - a stand-in takes what the ports take and looks at little of it

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

from services.auth.portal.pairs import NamesDiffer, Pair
from services.auth.portal.ports import (
    Client,
    CmecfRefused,
    Credentials,
    Entry,
    Filer,
    Origin,
    Outcome,
    Reproof,
    Session,
    SignInRefused,
    Stage,
    Standing,
)
from services.auth.signon.accounts import PacerAccount
from services.contract.courts import Court, CourtType
from services.contract.deliveries import DeliveryState, LetterKind
from services.contract.requests import LinkRequested, RequestKind
from services.contract.transactions import LinkTransaction, Reason, TransactionStatus

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
REQUEST_ID = UUID("01980000-0000-7000-8000-000000000001")
USERNAME, PASSWORD = "alexattorney", "a right password"
CMECF_LOGIN, CMECF_PASSWORD = "atyalex", "another right password"
FORM_TOKEN = "signed-request"
ALEX = Filer("111111", USERNAME, "Alex Attorney", "alex@example.org", upgraded=True)


def court(court_id: str, kind: CourtType, title: str, district: str, *, live: bool = True) -> Court:
    return Court(
        court_id=court_id,
        title=title,
        type=kind,
        district_name=district,
        ecf_host=f"ecf.{court_id.lower()}.uscourts.gov",
        timezone="America/Denver",
        help_desk_phone="801-524-6576",
        help_desk_email="help@example.org",
        office_hours="Mon-Fri 08:00-16:30",
        live_at=NOW - timedelta(days=1) if live else None,
    )


UTAH = court("UTBK", CourtType.BANKRUPTCY, "Utah Bankruptcy Court", "District of Utah")
COURTS = (
    UTAH,
    court("UTDC", CourtType.DISTRICT, "Utah District Court", "District of Utah"),
    court("10CA", CourtType.APPELLATE, "U.S. Court of Appeals, Tenth Circuit", "Tenth Circuit"),
    court("10BAP", CourtType.BAP, "U.S. Court of Appeals, Tenth Circuit BAP", "Tenth Circuit BAP"),
    court("CITDC", CourtType.NATIONAL, "U.S. Court of International Trade", "Court of International Trade"),
)


@dataclass
class Registry:
    courts: tuple[Court, ...] = COURTS

    def get(self, court_id: str) -> Court | None:
        return next((court for court in self.courts if court.court_id == court_id), None)

    def all(self) -> list[Court]:
        return list(self.courts)


def transaction(reason: Reason | None = None, *, court_id: str = "UTBK") -> LinkTransaction:
    request = LinkRequested(
        request_id=REQUEST_ID,
        request=RequestKind.LINK,
        court_id=court_id,
        court_live_at=NOW - timedelta(days=1),
        pacer_account=ALEX.pacer_account,
        pacer_name=ALEX.name,
        pacer_email=ALEX.email,
        pacer_upgraded=True,
        cmecf_login=CMECF_LOGIN,
        cmecf_canonical=CMECF_LOGIN,
        cmecf_name="Aty Alex",
        verifier_version="1",
        verified_at=NOW,
        confirmed_at=NOW,
    )
    status = TransactionStatus.PROCESSED
    if reason is not None and reason is not Reason.ALREADY_LINKED:
        status = TransactionStatus.REJECTED
    return LinkTransaction(transaction_id=10005, seq=1, status=status, reason=reason, request=request)


@dataclass
class Inside:
    """Both ports at once. `raises` maps the name of a call to the exception that it raises."""

    filer: Filer = ALEX
    recorded: bool = True
    reason: Reason | None = None
    letters: dict[LetterKind, DeliveryState] = field(default_factory=dict)
    raises: dict[str, Exception] = field(default_factory=dict)
    clients: list[Client] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    confirmed: list[str] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    stage: Stage = Stage.FULL
    redaction_acknowledged: bool = True
    cmecf_name: str = "Aty Alex"

    async def enter(
        self,
        credentials: Credentials,
        *,
        court_id: str | None,
        client: Client,
        origin: Origin = Origin.PAGES,
        ticket: str = "",
    ) -> Entry:
        self._maybe_raise("enter")
        self.clients.append(client)
        self.tickets.append(ticket)
        if (credentials.login, credentials.password) != (USERNAME, PASSWORD):
            raise SignInRefused
        token = f"token-{len(self.clients)}"
        self.sessions[token] = Session(
            token.encode(),
            self.filer,
            credentials.client_code,
            NOW,
            NOW + timedelta(hours=8),
            None,
            stage=self.stage,
            redaction_acknowledged=self.redaction_acknowledged or credentials.redact,
            origin=origin.value,
            idle_until=NOW + timedelta(minutes=30),
        )
        return Entry(token, self.stage, self.account())

    async def sign_in(
        self, username: str, password: str, *, client_code: str, court_id: str | None, client: Client
    ) -> str:
        return (await self.enter(Credentials(username, password, client_code), court_id=court_id, client=client)).token

    async def session(self, token: str) -> Session | None:
        self._maybe_raise("session")
        return self.sessions.get(token)

    async def acknowledge(self, session: Session, court_id: str) -> None:
        self._keep(replace(session, acknowledged_court=court_id))

    async def acknowledge_redaction(self, session: Session, court_id: str) -> None:
        self._keep(replace(session, redaction_acknowledged=True))

    async def touch(self, session: Session) -> Session:
        self._maybe_raise("touch")
        return self._keep(replace(session, idle_until=NOW + timedelta(minutes=60)))

    async def prove_again(self, session: Session, given: Reproof, *, client: Client) -> None:
        self._maybe_raise("prove_again")
        if given.password != PASSWORD:
            raise SignInRefused
        self._keep(replace(session, proved_at=NOW))

    async def sessions_of(self, filer: Filer) -> list[Session]:
        return [session for session in self.sessions.values() if session.filer == filer]

    async def end_others(self, session: Session) -> int:
        others = [token for token in self.sessions if token.encode() != session.token_hash]
        for token in others:
            del self.sessions[token]
        return len(others)

    async def sign_out(self, token: str) -> None:
        self.sessions.pop(token, None)

    async def link_of(self, filer: Filer, court_id: str) -> LinkTransaction | None:
        linked = self.confirmed and self.recorded and self.reason in {None, Reason.ALREADY_LINKED}
        return transaction(court_id=court_id) if linked else None

    async def standings(self, filer: Filer) -> list[Standing]:
        return self.standing

    async def check(self, filer: Filer, court: Court) -> None:
        self._maybe_raise("check")

    async def prove(self, session: Session, court: Court, login: str, password: str, *, client: Client) -> Pair:
        self._maybe_raise("prove")
        if (login, password) != (CMECF_LOGIN, CMECF_PASSWORD):
            raise CmecfRefused
        return Pair(FORM_TOKEN, session.filer.name, self.cmecf_name, login)

    async def confirm(
        self, session: Session, court: Court, form_token: str, *, client: Client, both_are_me: str = ""
    ) -> UUID:
        self._maybe_raise("confirm")
        pair = Pair(form_token, session.filer.name, self.cmecf_name, CMECF_LOGIN)
        if not pair.names_agree and both_are_me != pair.acknowledgment:
            raise NamesDiffer(pair)
        self.confirmed.append(form_token)
        return REQUEST_ID

    async def outcome(self, filer: Filer, request_id: UUID, *, wait_s: float) -> Outcome | None:
        if request_id != REQUEST_ID:
            return None
        found = transaction(self.reason) if self.recorded else None
        return Outcome(request_id, "UTBK", NOW, found, self.letters)

    async def history(self, filer: Filer, court_id: str) -> list[LinkTransaction]:
        return [transaction(self.reason)] if self.confirmed and self.recorded else []

    def account(self) -> PacerAccount:
        """Return the account of the filer, of which the pages look at nothing but what the session has."""
        return cast("PacerAccount", self.filer)

    def _keep(self, session: Session) -> Session:
        self.sessions[session.token_hash.decode()] = session
        return session

    def _maybe_raise(self, call: str) -> None:
        if call in self.raises:
            raise self.raises[call]
