"""The walk against forgery: stale tabs, replays, forms of another session, clocks that differ."""

import httpx
import pytest

from tests.backends.databases import Database
from tests.integration.security.site import LOGIN, PASSWORD, Site, serve, signed_in, token_of


async def asked(http: httpx.AsyncClient) -> dict[str, str]:
    """Walk to the question and return the fields of its form."""
    csrf = await signed_in(http)
    await http.post("/UTBK/link", data={"csrf": csrf, "own_account": "yes"})
    await http.post("/UTBK/link/account", data={"csrf": csrf, "cmecf_login": "atyalex", "cmecf_password": PASSWORD})
    page = await http.get("/UTBK/link/confirm")
    found = page.text.partition('name="form_token" value="')[2].partition('"')[0]
    assert found, page.text[-2000:]
    return {"csrf": csrf, "form_token": found}


async def requests_of(site: Site) -> object:
    return (await site.left())[2]


async def test_replayed_confirmation_is_one_request(site: Site) -> None:
    async with site.browser() as http:
        form = await asked(http)
        answers = [await http.post("/UTBK/link/confirm", data=form) for _ in range(3)]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await requests_of(site) == 1


async def test_confirmation_of_another_session_is_refused(site: Site) -> None:
    async with site.browser() as http:
        form = await asked(http)
        await http.post("/UTBK/sign-out", data={"csrf": form["csrf"]})
        csrf = await signed_in(http)
        answer = await http.post("/UTBK/link/confirm", data=form | {"csrf": csrf})
    assert answer.status_code != 303 or "requests" not in answer.headers["location"]
    assert await requests_of(site) == 0


async def test_stale_tab_from_before_the_sign_in_posts_nothing(site: Site) -> None:
    async with site.browser() as http:
        stale = token_of((await http.get("/UTBK/sign-in")).text)
        form = await asked(http)
        answer = await http.post("/UTBK/link/confirm", data=form | {"csrf": stale})
    assert answer.status_code == 403
    assert await requests_of(site) == 0


async def test_form_of_another_court_is_refused(site: Site) -> None:
    async with site.browser() as http:
        form = await asked(http)
        answer = await http.post("/CTBK/link/confirm", data=form)
    assert "requests" not in answer.headers.get("location", "")
    assert await requests_of(site) == 0


@pytest.mark.parametrize("change", ["", "x", "0" * 300])
async def test_changed_confirmation_is_refused(site: Site, change: str) -> None:
    async with site.browser() as http:
        form = await asked(http)
        answer = await http.post(
            "/UTBK/link/confirm", data=form | {"form_token": change or form["form_token"][:-2] + "AA"}
        )
    assert "requests" not in answer.headers.get("location", "")
    assert await requests_of(site) == 0


async def test_form_sealed_by_another_deployment_is_refused(site: Site, peopled: Database) -> None:
    async with serve(peopled, form_secret="g" * 40) as other, other.browser() as http:
        foreign = await asked(http)
    async with site.browser() as http:
        form = await asked(http)
        answer = await http.post("/UTBK/link/confirm", data=form | {"form_token": foreign["form_token"]})
    assert "requests" not in answer.headers.get("location", "")
    assert await requests_of(site) == 0


async def test_sign_in_of_another_person_does_not_inherit_the_question(site: Site) -> None:
    async with site.browser() as http:
        form = await asked(http)
        page = await http.get("/UTBK/sign-in")
        await http.post("/UTBK/sign-in", data={"csrf": token_of(page.text), "username": LOGIN, "password": PASSWORD})
        answer = await http.get("/UTBK/link/confirm")
    assert form["form_token"] not in answer.text
