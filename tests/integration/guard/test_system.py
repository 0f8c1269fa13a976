"""auth, guard and auth again: wrong passwords at the real pages become a throttle that auth knows."""

import asyncio
from urllib.request import urlopen

import httpx
import orjson

from tests.system import System

_KNOWN_S_MAX = 30.0


async def test_guessing_at_the_api_becomes_a_throttle_that_auth_knows(system: System) -> None:
    system.more |= {"ACCOUNT_FAILURES": "3"}
    system.start("guard")

    async with httpx.AsyncClient(base_url=system.url) as client:
        for _ in range(4):
            await client.post("/services/cso-auth", json={"loginId": "alexattorney", "password": "wrong"})

    async with asyncio.timeout(_KNOWN_S_MAX):
        while not known(system.roles["auth"].management_port):  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.2)
    with urlopen(f"http://127.0.0.1:{system.guard_port}/courts.json") as answer:  # noqa: ASYNC210
        told = orjson.loads(answer.read())
    assert told["throttles"]["accounts"] == 1


def known(port: int) -> bool:
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return "\necflink_auth_throttles 1.0\n" in answer.read().decode()
