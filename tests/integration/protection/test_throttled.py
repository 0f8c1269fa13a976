"""Throttles as filers meet them, through the pages: an attack, the owner at home and from a new place."""

import asyncio
import re

import httpx

from services.auth.portal.ports import Client
from services.auth.protection.places import KnownPlaces
from services.contract.logins import LoginAttempted, LoginOutcome
from tests.integration.security.site import LOGIN, PASSWORD, Site, token_of

HOME, NEW_PLACE = "192.0.2.7", "203.0.113.9"


async def try_in(http: httpx.AsyncClient, password: str, address: str, **more: str) -> httpx.Response:
    page = await http.get("/UTBK/sign-in")
    form = {"csrf": token_of(page.text), "username": more.pop("username", LOGIN), "password": password, **more}
    return await http.post("/UTBK/sign-in", data=form, headers={"X-Forwarded-For": address})


async def attack(http: httpx.AsyncClient, username: str = LOGIN) -> list[int]:
    """Wrong tries, each from a network of its own, all at once."""
    tries = (try_in(http, "Wrong-Password-1", f"198.51.{number}.1", username=username) for number in range(8))
    return sorted(answer.status_code for answer in await asyncio.gather(*tries))


async def test_strangers_are_throttled(site: Site) -> None:
    async with site.browser() as http:
        await http.get("/UTBK/sign-in")
        assert await attack(http) == [403] * 5 + [503] * 3


async def test_name_that_no_account_has_is_throttled_alike(site: Site) -> None:
    async with site.browser() as http:
        await http.get("/UTBK/sign-in")
        assert await attack(http, "nobody.at.all") == [403] * 5 + [503] * 3


async def test_owner_at_home_signs_in_during_the_attack(site: Site) -> None:
    async with site.browser() as http:
        await try_in(http, PASSWORD, HOME)
    async with site.browser() as http:
        await attack(http)
        assert (await try_in(http, PASSWORD, HOME)).status_code == 303


async def test_owner_from_a_new_place_waits_once_and_signs_in_with_the_ticket(site: Site) -> None:
    async with site.browser() as http:
        for number in range(12):
            site.joint.limiter.failed(LOGIN, Client(f"198.51.{number}.1"), "UTBK")
        refused = await try_in(http, PASSWORD, NEW_PLACE)
        assert refused.status_code == 503
        found = re.search(r'name="ticket" value="([^"]+)"', refused.text)
        assert found
        await asyncio.sleep(int(refused.headers["retry-after"]))
        await attack(http)
        assert (await try_in(http, PASSWORD, NEW_PLACE, ticket=found[1])).status_code == 303


async def test_one_network_has_its_share_of_a_minute(site: Site) -> None:
    async with site.browser() as http:
        statuses = [
            (await try_in(http, "Wrong-Password-1", "198.51.7.1", username=f"somebody{number}")).status_code
            for number in range(22)
        ]
        other = await try_in(http, PASSWORD, HOME)
    assert statuses == [403] * 20 + [503] * 2
    assert other.status_code == 303


async def test_throttled_tries_cost_no_hash_and_are_told_as_a_sum(site: Site) -> None:
    async with site.browser() as http:
        await http.get("/UTBK/sign-in")
        await attack(http)
    site.joint.attempts.sum_shed()
    told = [LoginAttempted.model_validate_json(row.value) for row in site.joint.attempts.take(100)]
    outcomes = {outcome: sum(each.attempts for each in told if each.outcome is outcome) for outcome in LoginOutcome}
    assert outcomes == {
        LoginOutcome.SUCCEEDED: 0,
        LoginOutcome.FAILED: 5,
        LoginOutcome.THROTTLED: 3,
        LoginOutcome.SHED: 0,
    }


async def test_attacked_account_is_known_at_its_places_and_nowhere_else(site: Site) -> None:
    async with site.browser() as http:
        await try_in(http, PASSWORD, HOME)
    limiter, held = site.joint.limiter, {}
    for name in (LOGIN, "nobody.at.all"):
        for number in range(12):
            limiter.failed(name, Client(f"198.51.{number}.1"), "UTBK")
        await KnownPlaces(site.pool, limiter).ask(name, [name])
        held[name] = [limiter.stranger(name, Client(place)) is not None for place in (HOME, NEW_PLACE)]
    assert held == {LOGIN: [False, True], "nobody.at.all": [True, True]}
