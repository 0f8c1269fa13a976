"""A role is ready when each of its parts has said so, and not a moment before."""

import subprocess
import sys
import textwrap
from http import HTTPStatus

import httpx
import pytest
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from services.ops.stack.ports import LOOPBACK, free_port
from services.runtime.health import Health, management_app
from services.runtime.rehearsal import RehearsalSettings, show

A_ROLE_THAT_HAS_SAID_NOTHING = """
    import asyncio
    from services.runtime.health import Health
    from services.runtime.process import run
    from services.runtime.settings import RoleSettings

    async def main(health: Health) -> None:
        await asyncio.Event().wait()

    run("silent", RoleSettings(management_host="127.0.0.1", management_port={port}), main, parts=("pages",))
"""


async def test_each_part_is_waited_for() -> None:
    health = Health.starting(["database", "pages"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(management_app(health)), base_url="http://role") as http:
        health.ready("database")
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["waiting"]) == (503, {"pages": "starting"})
        health.ready("pages")
        assert (await http.get("/readyz")).status_code == HTTPStatus.OK


@pytest.mark.parametrize("on", [True, False], ids=["on", "off"])
async def test_rehearsal_mode_shows_in_readiness_and_numbers(on: bool) -> None:  # noqa: FBT001 - a parameter
    health = Health()
    show(RehearsalSettings(rehearsal=on, rehearsal_mail="real"), health)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(management_app(health)), base_url="http://role") as http:
        assert (await http.get("/readyz")).json()["rehearsal"] is on
        assert f"ecflink_rehearsal {float(on)}" in (await http.get("/metrics")).text


async def test_role_without_rehearsal_mode_says_nothing_of_it() -> None:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(management_app(Health())), base_url="http://role"
    ) as http:
        assert "rehearsal" not in (await http.get("/readyz")).json()


def test_role_that_has_said_nothing_is_not_ready() -> None:
    port = free_port()
    script = textwrap.dedent(A_ROLE_THAT_HAS_SAID_NOTHING.format(port=port))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL) as process:
        try:
            assert _first_answer(port).json()["waiting"] == {"pages": "starting"}
        finally:
            process.terminate()


def _first_answer(port: int) -> httpx.Response:
    patiently = Retrying(
        retry=retry_if_exception_type(httpx.ConnectError), wait=wait_fixed(0.05), stop=stop_after_delay(60)
    )
    return patiently(lambda: httpx.get(f"http://{LOOPBACK}:{port}/readyz"))
