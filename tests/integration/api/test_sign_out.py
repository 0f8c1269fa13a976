"""A token: what it opens, and how it ends."""

import httpx
import pytest

from tests.integration.api.calls import AUTH, LOGOUT, Caller, carries_no_token, told_by
from tests.integration.api.people import FILER, PASSWORD


def opens(http: httpx.Client, token: str) -> bool:
    """Say whether a token opens the menu; without a session the way leads to the sign-in page."""
    http.cookies.clear()
    response = http.get("/UTBK/menu", headers={"X-NEXT-GEN-CSO": token})
    assert response.status_code in {200, 303}
    return response.status_code == 200


def test_a_token_opens_the_pages_by_header(caller: Caller) -> None:
    assert opens(caller.http, caller.token(FILER, PASSWORD))
    assert not opens(caller.http, "0" * 128)


def test_a_token_opens_the_pages_by_cookie(caller: Caller) -> None:
    token = caller.token(FILER, PASSWORD)
    caller.http.cookies.clear()
    response = caller.http.get("/UTBK/menu", headers={"Cookie": f"NextGenCSO={token}"})
    assert response.status_code == 200
    assert f"Person {FILER}" in response.text


def test_a_token_does_not_post(caller: Caller) -> None:
    token = caller.token(FILER, PASSWORD)
    caller.http.cookies.clear()
    response = caller.http.post("/UTBK/link", data={"own_account": "yes"}, headers={"X-NEXT-GEN-CSO": token})
    assert response.status_code == 303
    assert response.headers["location"].startswith("/UTBK/sign-in")


@pytest.mark.parametrize("form", ["json", "xml"])
def test_logout_ends_that_one_token(caller: Caller, form: str) -> None:
    first, second = caller.token(FILER, PASSWORD), caller.token(FILER, PASSWORD)
    response = getattr(caller, form)(LOGOUT, nextGenCSO=first)
    assert response.status_code == 200
    assert told_by(response) == {"loginResult": "0"}
    assert not opens(caller.http, first)
    assert opens(caller.http, second)


def test_logout_is_idempotent(caller: Caller) -> None:
    token = caller.token(FILER, PASSWORD)
    answers = [told_by(caller.json(LOGOUT, nextGenCSO=each)) for each in (token, token, "f" * 128)]
    assert answers == [{"loginResult": "0"}] * 3


@pytest.mark.parametrize("token", ["", "x", "F" * 128, "f" * 127, "f" * 129])
def test_what_is_no_token(caller: Caller, token: str) -> None:
    response = caller.json(LOGOUT, nextGenCSO=token)
    assert response.status_code == 200
    assert told_by(response)["loginResult"] == "1"
    assert carries_no_token(response)


def test_logout_without_the_field(caller: Caller) -> None:
    assert caller.json(LOGOUT, token="f" * 128).status_code == 400


def test_a_sign_in_ends_no_other_token(caller: Caller) -> None:
    token = caller.token(FILER, PASSWORD)
    caller.json(AUTH, loginId=FILER, password="wrong")
    caller.token(FILER, PASSWORD)
    assert opens(caller.http, token)
