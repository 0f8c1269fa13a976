"""Requests that are broken or hostile: a clear answer in the form that was asked for, never a 500, never a cookie."""

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.api.calls import AUTH, LOGOUT, Caller, carries_no_token, told_by
from tests.system import System

PATHS = pytest.mark.parametrize("path", [AUTH, LOGOUT])
STATUSES = {200, 400, 413, 415, 429, 503}


@PATHS
@pytest.mark.parametrize(
    "body,content_type,status",
    [
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ('{"loginId": "a", "loginId": "b", "password": "p", "nextGenCSO": "c"}', "application/json", 400),
        ("{}", "application/json", 400),
        ('{"loginId": 1, "password": "p", "nextGenCSO": 1}', "application/json", 400),
        ("<CsoAuth>", "application/xml", 400),
        ("<!DOCTYPE CsoAuth><CsoAuth/>", "application/xml", 400),
        ("<CsoAuth><loginId>a</loginId><loginId>b</loginId></CsoAuth>", "text/xml", 400),
        ("<CsoAuth><loginId>a</loginId><otpCode><a/>1</otpCode></CsoAuth>", "text/xml", 400),
        ("loginId=a&password=b", "application/x-www-form-urlencoded", 415),
        ("{}", "application/json; charset=utf-16", 415),
        ("x" * 20_000, "application/json", 413),
        ("<a>" * 6_000, "application/xml", 413),
    ],
)
def test_broken_bodies(caller: Caller, path: str, body: str, content_type: str, status: int) -> None:
    response = caller.raw(path, body, content_type)
    told = told_by(response)
    assert response.status_code == status
    assert told["loginResult"] == "1"
    assert told["errorDescription"].endswith(".")
    assert carries_no_token(response)
    assert ("xml" in response.headers["content-type"]) == ("xml" in content_type)


@PATHS
def test_a_body_of_unknown_length(caller: Caller, path: str) -> None:
    response = caller.http.post(
        path, content=(b" " * 1000 for _ in range(40)), headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 413


@PATHS
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods(caller: Caller, path: str, method: str) -> None:
    response = caller.http.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


def test_what_was_sent_is_never_sent_back(caller: Caller) -> None:
    canary = "Canary-Password-7431"
    for body in (f'{{"loginId": "{canary}", "password": 5}}', f'{{"{canary}": ', f'{{"loginId": {{"{canary}": 1}}}}'):
        assert canary not in caller.raw(AUTH, body, "application/json").text


_bodies = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [b"<CsoAuth>", b'{"CsoAuth":', b"{}", b"\xef\xbb\xbf{}", b"\xff\xfe<\x00", b"<?xml version='1.1'?>"]
    ),
    st.builds(lambda a, b: b"<CsoAuth>" + a + b"</CsoAuth>" + b, st.binary(max_size=60), st.binary(max_size=4)),
)
_types = st.sampled_from(
    [
        "application/json",
        "application/xml",
        "text/xml; charset=iso-8859-1",
        "application/json;charset=us-ascii",
        "a/b",
        "",
    ]
)


@PATHS
def test_any_bytes_are_answered(served: System, path: str) -> None:
    with httpx.Client(base_url=served.url, timeout=30) as http:

        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(_bodies, _types)
        def answered(body: bytes, content_type: str) -> None:
            response = http.post(path, content=body, headers={"Content-Type": content_type})
            assert response.status_code in STATUSES
            assert told_by(response)["loginResult"] in {"1", "13"}
            assert carries_no_token(response)

        answered()


def test_nothing_secret_is_logged(served: System, caller: Caller) -> None:
    canary = "Canary-Password-9182"
    caller.json(AUTH, loginId="canary.person", password=canary, otpCode="918273")
    token = caller.token("filer.one", "Correct-Horse-Battery-1")
    log = (served.folder / "auth.log").read_text(encoding="utf-8")
    assert not [secret for secret in (canary, "918273", token, "canary.person") if secret in log]


def test_the_document_is_served(caller: Caller) -> None:
    document = caller.http.get("/services/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {AUTH, LOGOUT}
