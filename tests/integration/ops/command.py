"""Runs `ecflink` as an operator does: a process of its own, told by its environment, judged by exit code and words."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tests.integration.audit.scene import Scene
from tests.linking.requests import PROOF_KEYS

_ECFLINK = str(Path(sys.executable).parent / "ecflink")


class Answer(NamedTuple):
    """What a command left behind."""

    code: int
    said: str
    warned: str

    @property
    def rows(self) -> list[Any]:
        """What it printed as JSON."""
        rows: list[Any] = json.loads(self.said)
        return rows


async def ecflink(scene: Scene, *words: object, role: str = "reader", **env: str) -> Answer:
    """Run one command with the database login of a role."""
    process = await asyncio.create_subprocess_exec(
        _ECFLINK,
        *map(str, words),
        env=os.environ | scene.deployment.env(role) | {"PROOF_KEYS": PROOF_KEYS} | env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, warned = await process.communicate()
    return Answer(process.returncode or 0, said.decode(), warned.decode())
