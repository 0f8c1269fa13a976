"""Kinds and states of accounts: who may link, what bars a session, what a CM/ECF login is good for, whose it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.auth.linking.barriers import barrier_of as link_barrier
from services.auth.linking.names import share_a_word
from services.auth.portal.pairs import Pair
from services.auth.portal.ports import Barrier, Credentials, Filer, Origin
from services.auth.signon.accounts import LoginState, PacerAccount, login_state
from services.auth.signon.barriers import barrier_of, warning_of
from services.contract.transactions import Reason
from services.ops.registry import packaged

_NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _filer(**facts: object) -> Filer:
    usual = {"pacer_account": "7000001", "login": "x", "name": "X", "email": "x@example.org", "upgraded": True}
    return Filer(**(usual | facts))  # type: ignore[arg-type]


def _account(**facts: object) -> PacerAccount:
    usual = {"pacer_account": "7000001", "login": "x", "password_hash": None, "name": "X", "email": "x@example.org"}
    return PacerAccount(**(usual | {"upgraded": True} | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "facts,barrier",
    [
        ({}, None),
        ({"status": "inactive"}, None),
        ({"exempt": True}, None),
        ({"case_search_only": True}, None),
        ({"status": "disabled"}, Barrier.PACER_DISABLED),
        ({"kind": "shared"}, Barrier.PACER_SHARED),
        ({"kind": "administrative"}, Barrier.PACER_IS_PAA),
        ({"upgraded": False}, Reason.PACER_LEGACY),
        ({"kind": "shared", "upgraded": False}, Barrier.PACER_SHARED),
        ({"kind": "shared", "status": "disabled"}, Barrier.PACER_DISABLED),
    ],
)
def test_who_may_link(facts: dict[str, object], barrier: Barrier | Reason | None) -> None:
    assert link_barrier(_filer(**facts)) is barrier


@pytest.mark.parametrize(
    "facts,code,on_pages,at_the_api",
    [
        ({}, "", None, None),
        ({}, "anything", None, None),
        ({"status": "inactive"}, "", None, None),
        ({"status": "disabled"}, "", Barrier.PACER_DISABLED, Barrier.PACER_DISABLED),
        ({"client_code_required": True}, "", Barrier.CLIENT_CODE_REQUIRED, "A required Client Code was not entered."),
        ({"client_code_required": True}, "any", None, None),
        ({"client_codes": ("A1", "B2")}, "", None, None),
        ({"client_codes": ("A1", "B2")}, "B2", None, None),
        ({"client_codes": ("A1", "B2")}, "b2", Barrier.CLIENT_CODE_INVALID, "The Client Code is not one"),
        ({"client_codes": ("A1",), "client_code_required": True}, "", Barrier.CLIENT_CODE_REQUIRED, "A required"),
    ],
)
def test_what_bars_a_session(
    facts: dict[str, object], code: str, on_pages: Barrier | None, at_the_api: Barrier | str | None
) -> None:
    account, credentials = _account(**facts), Credentials("x", "secret", code)
    assert barrier_of(account, credentials, Origin.PAGES) is on_pages
    assert warning_of(account, credentials, Origin.PAGES) == ""
    if isinstance(at_the_api, Barrier):
        assert barrier_of(account, credentials, Origin.API) is at_the_api
    else:
        assert barrier_of(account, credentials, Origin.API) is None
        assert warning_of(account, credentials, Origin.API).startswith(at_the_api or "")
        assert bool(warning_of(account, credentials, Origin.API)) is bool(at_the_api)


@pytest.mark.parametrize(
    "live_in_s,retired,state",
    [
        (None, False, LoginState.SIGN_IN),
        (1, False, LoginState.SIGN_IN),
        (0, False, LoginState.PROOF_ONLY),
        (-1, False, LoginState.PROOF_ONLY),
        (-1, True, LoginState.RETIRED),
        (None, True, LoginState.RETIRED),
    ],
)
def test_what_a_cmecf_login_is_good_for(live_in_s: int | None, retired: bool, state: LoginState) -> None:  # noqa: FBT001
    live_at = None if live_in_s is None else _NOW + timedelta(seconds=live_in_s)
    court = packaged()["UTBK"].model_copy(update={"live_at": live_at})
    assert login_state(court, retired=retired, now=_NOW) is state


@pytest.mark.parametrize(
    "one,other,agree",
    [
        ("Alex Attorney", "Aty Alex", True),
        ("Jos\u00e9 Nu\u00f1ez", "NUNEZ, JOSE", True),
        ("Se\u00e1n O\u2019Brien Jr.", "Patrick OBrien", True),
        ("John Smith Jr.", "Mary Jones Jr.", False),
        ("J. Smith", "J. Doe", False),
        ("Stra\u00dfe, Anna", "ANNA STRASSE", True),
        ("\u674e\u5c0f\u9f99", "\u674e\u5c0f\u9f99", True),
        ("X", "Mary Jones", True),
        ("Anna Miller", "Anton Mueller", False),
    ],
)
def test_names_agree_where_a_word_is_shared(one: str, other: str, agree: bool) -> None:  # noqa: FBT001
    assert share_a_word(one, other) is agree
    assert share_a_word(other, one) is agree
    assert Pair("", one, other, "").names_agree is agree


def test_an_acknowledgment_is_of_one_pair() -> None:
    shown = Pair("form", "Anna Miller", "Anton Mueller", "anton")
    others = [replace(shown, **{name: "x"}) for name in ("form_token", "pacer_name", "cmecf_name", "cmecf_login")]
    assert len({pair.acknowledgment for pair in (shown, *others)}) == 5
    assert replace(shown).acknowledgment == shown.acknowledgment


def test_no_secret_is_shown_of_credentials_or_accounts() -> None:
    shown = repr(Credentials("x", "open-sesame", otp_code="123456")) + repr(_account(password_hash="$2b$secret"))
    assert "open-sesame" not in shown
    assert "123456" not in shown
    assert "$2b$" not in shown
