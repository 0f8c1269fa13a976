"""`ecflink courts` against the topic: the registry keeps its go-lives, and auth hears of a new one."""

from datetime import UTC, datetime

import orjson

from services.ops import registry
from tests.backends.deployment import Deployment
from tests.integration.auth.command import ecflink
from tests.integration.auth.conftest import Auth


async def test_load_keeps_a_go_live(auth: Auth, deployment: Deployment) -> None:
    env = deployment.env("auth")
    assert (await ecflink(env, "courts", "load")).output == "208 courts in the registry, 208 published\n"
    answer = await ecflink(env, "courts", "go-live", "utbk", "--at", "2026-11-30T06:00-07:00")
    assert "UTBK) is live from 2026-11-30T13:00:00" in answer.output
    assert "2 of its filers are not linked yet" in answer.output
    assert (await ecflink(env, "courts", "load")).output == "208 courts in the registry, 0 published\n"
    (row,) = orjson.loads((await ecflink(env, "courts", "list", "--live", "--json")).output)
    assert (row["court_id"], row["live_at"]) == ("UTBK", "2026-11-30T13:00:00.000000Z")
    assert auth.parts.courts.get("UTBK") != registry.packaged()["UTBK"]


async def test_auth_hears_of_a_go_live_and_remembers_it(auth: Auth) -> None:
    moment = datetime(2026, 11, 30, 13, tzinfo=UTC)
    live = registry.packaged()["AKBK"].model_copy(update={"live_at": moment})
    async with auth.running():
        await registry.publish(auth.settings, [live])
        await auth.until("courts", "court_id = 'AKBK'")
    assert auth.parts.courts.get("AKBK") == live


async def test_bad_arguments_are_told(deployment: Deployment) -> None:
    env = deployment.env("auth")
    assert (await ecflink(env, "courts", "go-live", "UTBK", "--at", "soon")).code == 2
    answer = await ecflink(env, "courts", "show", "NOPE")
    assert answer.code == 2
    assert "no court 'NOPE' is published" in answer.errors
