"""Running the `ecflink` command as an operator does: a process, its exit code and what it printed."""

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import NamedTuple


class Answer(NamedTuple):
    """What a command left."""

    code: int | None
    output: str
    errors: str


async def ecflink(environment: Mapping[str, str], *arguments: str) -> Answer:
    """Run a command to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.ops",
        *arguments,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return Answer(process.returncode, output.decode(), errors.decode())
