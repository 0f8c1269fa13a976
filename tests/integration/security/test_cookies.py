"""Cookies over TLS: bound to the host, out of reach of scripts; those of another court, deployment or session."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.backends.databases import Database
from tests.integration.security.certificate import make
from tests.integration.security.site import LOGIN, PASSWORD, Site, serve, signed_in, token_of


@pytest.fixture
async def secure(peopled: Database, tmp_path: Path) -> AsyncGenerator[Site]:
    async with serve(peopled, certificate=make(tmp_path)) as served:
        yield served


def attributes(line: str) -> set[str]:
    return {part.strip().lower() for part in line.split(";")[1:]}


async def test_cookies_over_tls_are_bound_to_the_host(secure: Site) -> None:
    async with secure.browser() as http:
        page = await http.get("/UTBK/sign-in")
        form = {"csrf": token_of(page.text), "username": LOGIN, "password": PASSWORD}
        lines = page.headers.get_list("set-cookie")
        lines += (await http.post("/UTBK/sign-in", data=form)).headers.get_list("set-cookie")
    set_ones = [line for line in lines if "max-age=0" not in line.lower()]
    assert {line.partition("=")[0] for line in set_ones} >= {"__Host-ecflink-form", "__Host-ecflink-session"}
    for line in lines:
        assert line.startswith("__Host-")
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= attributes(line)
        assert "domain" not in line.lower()


async def test_answers_over_tls_tell_browsers_to_stay_with_it(secure: Site) -> None:
    async with secure.browser() as http:
        assert "max-age=" in (await http.get("/")).headers["strict-transport-security"]


async def test_api_s_token_cookie_has_its_own_name_and_is_secure(secure: Site) -> None:
    body = {"loginId": LOGIN, "password": PASSWORD, "redactFlag": "1"}
    async with secure.browser() as http:
        line = (await http.post("/services/cso-auth", json=body)).headers["set-cookie"]
    assert line.startswith("NextGenCSO=")
    assert {"secure", "httponly", "path=/"} <= attributes(line)


async def test_session_changes_its_token_at_each_sign_in(site: Site) -> None:
    async with site.browser() as http:
        await signed_in(http)
        first = http.cookies["ecflink-session"]
        await signed_in(http)
        assert http.cookies["ecflink-session"] != first
        http.cookies.set("ecflink-session", first, domain="localhost.local")
    async with site.browser() as other:
        answer = await other.get("/UTBK/menu", headers={"Cookie": f"ecflink-session={first}"})
    assert answer.headers["location"].startswith("/UTBK/sign-in"), "the first token is worth nothing any more"


async def test_session_that_a_stranger_planted_is_not_taken_over(site: Site) -> None:
    planted = "A" * 43
    async with site.browser() as http:
        page = await http.get("/UTBK/sign-in", headers={"Cookie": f"ecflink-session={planted}"})
        form = {"csrf": token_of(page.text), "username": LOGIN, "password": PASSWORD}
        answer = await http.post("/UTBK/sign-in", data=form)
    assert answer.cookies["ecflink-session"] != planted


async def test_cookies_of_another_deployment_lead_to_the_sign_in(site: Site, peopled: Database) -> None:
    async with site.browser() as http:
        await signed_in(http)
        held = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
    async with serve(peopled, form_secret="g" * 40) as other, other.browser() as http:
        answer = await http.post("/UTBK/sign-out", headers={"Cookie": held}, data={"csrf": "0" * 64})
        assert answer.status_code == 403
        page = await http.get("/UTBK/sign-in", headers={"Cookie": held})
        assert page.status_code == 200


async def test_session_is_one_for_all_courts_of_the_deployment(site: Site) -> None:
    async with site.browser() as http:
        await signed_in(http)
        assert (await http.get("/CTBK/menu")).status_code in {200, 303}
        assert "sign-in" not in (await http.get("/CTBK/menu")).headers.get("location", "")


@pytest.mark.parametrize("name", ["cookie", "x-next-gen-cso"])
async def test_token_of_a_filing_program_reads_pages_and_posts_nothing(site: Site, name: str) -> None:
    body = {"loginId": LOGIN, "password": PASSWORD, "redactFlag": "1"}
    async with site.browser() as http:
        token = (await http.post("/services/cso-auth", json=body)).json()["nextGenCSO"]
    headers = {name: f"NextGenCSO={token}" if name == "cookie" else token}
    async with site.browser() as http:
        page = await http.get("/UTBK/menu", headers=headers)
        assert page.status_code == 200
        before = await site.left()
        posted = await http.post("/UTBK/sign-out", headers=headers, data={"csrf": token_of(page.text)})
    assert posted.headers["location"].startswith("/UTBK/sign-in")
    assert await site.left() == before
