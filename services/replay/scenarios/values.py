"""The values and headers of the events, byte for byte as auth writes them, without a model for each: millions are made.

A test holds them against the contract's own models.
"""

from typing import Final, NamedTuple

import orjson

from services.contract.envelope import CONTENT_TYPE, Source
from services.contract.logins import LoginStep, Via
from services.contract.requests import RequestKind
from services.contract.topics import AUTH_LOGINS, LINK_REQUESTS
from services.replay.scenarios.instants import in_header
from services.replay.scenarios.people import Person, cmecf_login
from services.replay.scenarios.places import Place

Headers = tuple[tuple[str, bytes | None], ...]

VERIFIER: Final = "accounts:1"
"""How auth names the proof of an account that came in once."""
_LINK: Final = RequestKind.LINK.value
_PAGES: Final = Via.PAGES.value
_PASSWORD: Final = LoginStep.PASSWORD.value
_SPECVERSION: Final = ("ce_specversion", b"1.0")
_SOURCE: Final = ("ce_source", Source.AUTH.value.encode())
_CONTENT: Final = ("content-type", CONTENT_TYPE)
_REQUEST_TYPE: Final = ("ce_type", LINK_REQUESTS.event_type.encode())
_LOGIN_TYPE: Final = ("ce_type", AUTH_LOGINS.event_type.encode())


class Pair(NamedTuple):
    """Who asks for whose CM/ECF login at which court. `second`: for the owner's second login there."""

    person: Person
    owner: Person
    place: Place
    upgraded: bool
    second: bool

    @property
    def canonical(self) -> str:
        """The CM/ECF login as the court compares it."""
        return self.place.canonical(cmecf_login(self.owner, second=self.second))

    @property
    def pacer_login(self) -> str:
        """The PACER login: an account that was never upgraded has one of the old kind."""
        return self.person.login if self.upgraded else self.person.legacy_login


class Moments(NamedTuple):
    """The times of a request, as they stand in its value. `live_at` counts where the court is live."""

    live_at: str
    verified_at: str
    confirmed_at: str


def request_value(pair: Pair, request_id: str, moments: Moments) -> bytes:
    """Return the value of a Link request."""
    login = cmecf_login(pair.owner, second=pair.second)
    live = {"court_live_at": moments.live_at} if pair.place.live else {}
    theirs = {"cmecf_email": pair.owner.cmecf_email} if pair.owner.cmecf_email is not None else {}
    return orjson.dumps(
        {
            "request_id": request_id,
            "request": _LINK,
            "court_id": pair.place.court_id,
            **live,
            "pacer_account": pair.person.account,
            "pacer_name": pair.person.name,
            "pacer_email": pair.person.email,
            "pacer_upgraded": pair.upgraded,
            "cmecf_login": login,
            "cmecf_canonical": pair.place.canonical(login),
            "cmecf_name": pair.owner.cmecf_name,
            **theirs,
            "verifier_version": VERIFIER,
            "verified_at": moments.verified_at,
            "confirmed_at": moments.confirmed_at,
        }
    )


class Attempt(NamedTuple):
    """One try at a password. `account` is what auth counts it under; `credential` and `outcome` are the contract's
    words, plain because members of an enumeration cost more than all else here.
    """

    account: str
    court_id: str | None
    credential: str
    outcome: str
    address_prefix: str


def login_value(attempt: Attempt, attempted_at: str) -> bytes:
    """Return the value of a sign-in event. What is summed up (`throttled`) tells neither court nor step."""
    if attempt.court_id is None:
        return orjson.dumps(
            {
                "account": attempt.account,
                "credential": attempt.credential,
                "outcome": attempt.outcome,
                "address_prefix": attempt.address_prefix,
                "attempts": 1,
                "attempted_at": attempted_at,
            }
        )
    return orjson.dumps(
        {
            "account": attempt.account,
            "court_id": attempt.court_id,
            "credential": attempt.credential,
            "outcome": attempt.outcome,
            "address_prefix": attempt.address_prefix,
            "attempts": 1,
            "attempted_at": attempted_at,
            "via": _PAGES,
            "step": _PASSWORD,
        }
    )


def request_headers(ce_id: str, confirmed_at: str) -> Headers:
    """Return the envelope of a request, without a proof: no key is here, and the replay signs."""
    return _headers(ce_id, _REQUEST_TYPE, confirmed_at)


def login_headers(ce_id: str, attempted_at: str) -> Headers:
    """Return the envelope of a sign-in event."""
    return _headers(ce_id, _LOGIN_TYPE, attempted_at)


def _headers(ce_id: str, ce_type: tuple[str, bytes], at: str) -> Headers:
    return (_SPECVERSION, ("ce_id", ce_id.encode()), ce_type, _SOURCE, ("ce_time", in_header(at)), _CONTENT)
