"""Filing programs where enrolment is asked for: told, never counted, and stopped where the pages' skips are used up."""

import httpx

from tests.integration.factors.conftest import PASSWORD, Site

SKIPS = "SELECT factor_skips FROM auth.pacer_accounts"


async def _sign_in(site: Site) -> dict[str, str]:
    fields = {"loginId": "alexattorney", "password": PASSWORD, "redactFlag": "1"}
    answer: httpx.Response = await site.filer().http.post("/services/cso-auth", json=fields)
    told: dict[str, str] = answer.json()
    return told


async def test_a_program_that_is_offered_enrolment_is_told_and_uses_no_skip_up(prompting: Site) -> None:
    for _ in range(4):
        told = await _sign_in(prompting)
        assert told["loginResult"] == "0"
        assert told["errorDescription"].startswith("A second factor is to be enrolled")
    assert await prompting.value(SKIPS) == 0


async def test_nothing_is_told_where_enrolment_is_not_asked_for(site: Site) -> None:
    assert "errorDescription" not in await _sign_in(site)


async def test_a_program_is_stopped_where_no_skip_is_left(prompting: Site) -> None:
    await prompting.run("UPDATE auth.pacer_accounts SET factor_skips = 3")
    told = await _sign_in(prompting)
    assert told["loginResult"] == "1"
    assert told["errorDescription"].startswith("A second factor must be enrolled first")
