"""Auth killed while it tells a court's filers: the next one goes on, and each filer is told once."""

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Final

import pytest

from tests.backends.deployment import Deployment
from tests.integration.notices.conftest import Announcing

# Four times an auth that starts anew.
pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
_COUNT: Final = 400
_SECRETS: Final = {
    "PROOF_KEYS": f"k1:{'ab' * 32}",
    "FORM_SECRET": "f" * 40,
    "FACTOR_SECRET": "a" * 40,
    "ANNOUNCE_PER_SECOND": "60",
    "HTTP_PORT": "0",
    "MANAGEMENT_PORT": "0",
    "LOG_LEVEL": "warning",
}


async def _auth(env: Mapping[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.ops", "auth", env={"PATH": os.environ["PATH"], **env, **_SECRETS}
    )


@pytest.mark.thorough
async def test_each_filer_is_told_once_through_three_kills(announcing: Announcing, deployment: Deployment) -> None:
    logins = [f"aty{number:04}" for number in range(_COUNT)]
    await announcing.filers(logins)
    await announcing.order()
    env = deployment.env("auth")
    for reached in (60, 150, 280):
        process = await _auth(env)
        await _told(announcing, reached, process)
        process.kill()
        await process.wait()
    process = await _auth(env)
    await _told(announcing, _COUNT, process)
    await announcing.relayed()
    process.terminate()
    await process.wait()
    published = await announcing.published()
    # The relay may have sent a row again after a kill; such a copy has the same id, and so causes no second mail.
    assert sorted({notice.cmecf_login or "" for notice in published}) == logins
    assert len({notice.notice_id for notice in published}) == _COUNT
    assert (await announcing.progress()).told == _COUNT


async def _told(announcing: Announcing, count: int, process: asyncio.subprocess.Process) -> None:
    while (await announcing.progress()).told < count:
        await asyncio.sleep(0.02)
        assert process.returncode is None
