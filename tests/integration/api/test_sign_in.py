"""What clients of PACER's sign-on API rely on when they sign in."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pyotp
import pytest

from services.auth.api.answers import DISABLED as DISABLED_TEXT
from services.auth.api.answers import INVALID, REDACTION
from tests.integration.api.calls import AUTH, Caller, carries_no_token, told_by
from tests.integration.api.people import (
    BUSY,
    CODED,
    DISABLED,
    FACTORED,
    FILER,
    OTHERS,
    OTP_SEED,
    PASSWORD,
    SHARED,
    UNKNOWN,
    VIEWER,
)

BOTH = pytest.mark.parametrize("form", ["json", "xml"])


def call(caller: Caller, form: str, /, **fields: str) -> httpx.Response:
    response: httpx.Response = getattr(caller, form)(AUTH, **fields)
    return response


@BOTH
def test_a_plain_success(caller: Caller, form: str) -> None:
    response = call(caller, form, loginId=FILER, password=PASSWORD, redactFlag="1")
    told = told_by(response)
    assert response.status_code == 200
    assert set(told) == {"nextGenCSO", "loginResult"}
    assert told["loginResult"] == "0"
    assert re.fullmatch(r"[0-9a-f]{128}", told["nextGenCSO"])
    assert response.headers["content-type"].partition(";")[0] == f"application/{form}"


def test_the_token_stands_in_header_and_cookie(caller: Caller) -> None:
    response = caller.json(AUTH, loginId=FILER, password=PASSWORD, redactFlag="1")
    token = told_by(response)["nextGenCSO"]
    assert response.headers["X-NEXT-GEN-CSO"] == token
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"NextGenCSO={token};")
    assert {"HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert response.headers["cache-control"] == "no-store"


@BOTH
@pytest.mark.parametrize("login", [BUSY, UNKNOWN, VIEWER, "", "x" * 300, "control\x7fcharacter"])
def test_a_wrong_password(caller: Caller, form: str, login: str) -> None:
    response = call(caller, form, loginId=login, password="wrong", redactFlag="1")
    assert response.status_code == 200
    assert told_by(response) == {"loginResult": "13", "errorDescription": INVALID}
    assert INVALID.startswith("Invalid username, password, or one-time passcode")
    assert carries_no_token(response)


def test_the_redaction_text_comes_after_a_right_password_alone(caller: Caller) -> None:
    wrong = caller.json(AUTH, loginId=OTHERS[0], password="wrong")
    right = caller.json(AUTH, loginId=OTHERS[0], password=PASSWORD)
    assert told_by(wrong)["errorDescription"] == INVALID
    assert told_by(right) == {"loginResult": "1", "errorDescription": REDACTION}
    assert REDACTION.startswith("All filers must redact: ")
    assert right.status_code == 200
    assert carries_no_token(right)


@pytest.mark.parametrize("login", [VIEWER, SHARED])
def test_who_cannot_file_needs_no_redaction_flag(caller: Caller, login: str) -> None:
    assert told_by(caller.json(AUTH, loginId=login, password=PASSWORD))["loginResult"] == "0"


def test_a_disabled_account(caller: Caller) -> None:
    response = caller.json(AUTH, loginId=DISABLED, password=PASSWORD, redactFlag="1")
    assert told_by(response) == {"loginResult": "1", "errorDescription": DISABLED_TEXT}
    assert "your current account has been disabled" in DISABLED_TEXT
    assert carries_no_token(response)
    assert told_by(caller.json(AUTH, loginId=DISABLED, password="wrong"))["loginResult"] == "13"


def test_a_missing_client_code_is_a_warning(caller: Caller) -> None:
    told = told_by(caller.json(AUTH, loginId=CODED, password=PASSWORD, redactFlag="1", clientCode=""))
    assert told["loginResult"] == "0"
    assert told["errorDescription"].startswith("A required Client Code was not entered.")
    assert len(told["nextGenCSO"]) == 128


def test_the_right_client_code(caller: Caller) -> None:
    told = told_by(caller.json(AUTH, loginId=CODED, password=PASSWORD, redactFlag="1", clientCode="matter-7"))
    assert set(told) == {"nextGenCSO", "loginResult"}


@pytest.mark.parametrize("code", ["two words", "a,b", "x" * 33])
def test_a_client_code_that_nobody_can_have(caller: Caller, code: str) -> None:
    response = caller.json(AUTH, loginId=CODED, password=PASSWORD, redactFlag="1", clientCode=code)
    assert told_by(response)["loginResult"] == "1"
    assert carries_no_token(response)


@pytest.mark.parametrize("code", ["", "000000", "not a code", "x" * 100])
def test_a_missing_or_wrong_passcode_is_answered_as_a_wrong_password(caller: Caller, code: str) -> None:
    response = caller.json(AUTH, loginId=FACTORED, password=PASSWORD, redactFlag="1", otpCode=code)
    assert told_by(response) == {"loginResult": "13", "errorDescription": INVALID}
    assert carries_no_token(response)


@pytest.mark.parametrize("password", [PASSWORD, "Wrong-Horse-1"])
@pytest.mark.parametrize("code", ["\\ud800AAAAAAAAA", "\\u0000AAAAAAAAA", "\\uff11\\uff12\\uff13\\uff14\\uff15\\uff16"])
def test_a_passcode_of_no_letters_that_a_code_has_is_a_wrong_one(caller: Caller, password: str, code: str) -> None:
    body = f'{{"loginId": "{FACTORED}", "password": "{password}", "redactFlag": "1", "otpCode": "{code}"}}'
    response = caller.raw(AUTH, body, "application/json")
    assert told_by(response) == {"loginResult": "13", "errorDescription": INVALID}


def test_a_program_s_token_is_no_session_of_the_pages(caller: Caller) -> None:
    token = caller.token(FILER, PASSWORD)
    opened = caller.http.get("/UTBK/menu", headers={"Cookie": f"ecflink-session={token}"}, follow_redirects=False)
    assert opened.headers["location"].startswith("/UTBK/sign-in")


def test_a_passcode_opens_once(caller: Caller) -> None:
    code = pyotp.TOTP(OTP_SEED).now()
    fields = {"loginId": FACTORED, "password": PASSWORD, "redactFlag": "1", "otpCode": code}
    # The redaction text does not use the code up.
    assert told_by(caller.json(AUTH, **fields | {"redactFlag": ""}))["errorDescription"] == REDACTION
    assert told_by(caller.json(AUTH, **fields))["loginResult"] == "0"
    assert told_by(caller.json(AUTH, **fields))["loginResult"] == "13"


@pytest.mark.parametrize("prefixed", [False, True])
def test_xml_with_and_without_a_prefix(caller: Caller, *, prefixed: bool) -> None:
    p, space = ("c:", ' xmlns:c="urn:cso"') if prefixed else ("", "")
    body = (
        f"<{p}CsoAuth{space}><{p}loginId>{FILER}</{p}loginId><{p}password>{PASSWORD}</{p}password>"
        f"<{p}redactFlag>1</{p}redactFlag><{p}clientCode/><{p}unknown>1</{p}unknown></{p}CsoAuth>"
    )
    response = caller.raw(AUTH, body, "text/xml; charset=utf-8")
    assert told_by(response)["loginResult"] == "0"
    assert response.headers["content-type"].startswith("text/xml")


def test_json_wrapped_and_with_unknown_fields(caller: Caller) -> None:
    fields = {"loginId": FILER, "password": PASSWORD, "redactFlag": "1", "clientCode": "", "more": {"a": [1]}}
    assert told_by(caller.json(AUTH, CsoAuth=fields))["loginResult"] == "0"


@pytest.mark.parametrize("accept,form", [("application/json", "json"), ("application/xml", "xml"), ("*/*", "xml")])
def test_the_answer_has_the_form_that_is_asked_for(caller: Caller, accept: str, form: str) -> None:
    body = f"<CsoAuth><loginId>{UNKNOWN}</loginId><password>x</password></CsoAuth>"
    response = caller.raw(AUTH, body, "application/xml", Accept=accept)
    assert response.headers["content-type"].startswith(f"application/{form}")


@pytest.mark.parametrize(
    "name,value",
    [("User-Agent", ""), ("User-Agent", "old/0.1"), ("Referer", "https://elsewhere.example"),
     ("Origin", "https://elsewhere.example"), ("Sec-Fetch-Site", "cross-site"), ("Cookie", "NextGenCSO=x; other=1")],
)  # fmt: skip
def test_headers_that_browsers_are_judged_by_do_not_count(caller: Caller, name: str, value: str) -> None:
    body = f'{{"loginId": "{FILER}", "password": "{PASSWORD}", "redactFlag": "1"}}'
    response = caller.raw(AUTH, body, "application/json", **{name: value})
    assert told_by(response)["loginResult"] == "0"


def test_twenty_at_once(caller: Caller) -> None:
    with ThreadPoolExecutor(20) as pool:
        tokens = list(pool.map(lambda _: caller.token(FILER, PASSWORD), range(20)))
    assert len(set(tokens)) == 20


def test_twenty_accounts_at_once(caller: Caller) -> None:
    with ThreadPoolExecutor(20) as pool:
        tokens = list(pool.map(lambda login: caller.token(login, PASSWORD), OTHERS))
    assert len(set(tokens)) == 20
