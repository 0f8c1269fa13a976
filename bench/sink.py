"""The mail server of the benchmarks: Postfix's smtp-sink, which takes every mail and forgets it at little cost."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from services.ops.stack.ports import LOOPBACK, answers, free_port

MAIL_FROM: Final = "Court <noreply@court.example>"
_PLACES: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_BACKLOG_COUNT: Final = "256"
_INSTALL_S_MAX: Final = 300
# Without a configuration the package's own mail server does not start.
_ANSWER: Final = "postfix postfix/main_mailer_type select No configuration\n"


class Missing(Exception):
    """A tool that the benchmark needs is not there and could not be fetched; the message says how to get it."""


def provide() -> str:
    """Return the path of smtp-sink; installs it where root and apt make that possible. Raises Missing."""
    if (found := shutil.which("smtp-sink", path=_PLACES)) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
        found = shutil.which("smtp-sink", path=_PLACES)
    if found is None:
        raise Missing("smtp-sink is missing: `apt-get install postfix`, or Postfix's package of your system")
    return found


def _install() -> None:
    print("fetching smtp-sink: apt-get install postfix", flush=True)
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command, answer in (
        (["debconf-set-selections"], _ANSWER),
        (["apt-get", "update", "-qq"], ""),
        (["apt-get", "install", "-qq", "-y", "--no-install-recommends", "postfix"], ""),
    ):
        done = subprocess.run(
            command, env=env, input=answer, text=True, capture_output=True, timeout=_INSTALL_S_MAX, check=False
        )
        if done.returncode:
            raise Missing(f"smtp-sink is missing, and `{' '.join(command)}` failed:\n{done.stderr[-1000:]}")


@asynccontextmanager
async def sinking(program: str) -> AsyncGenerator[dict[str, str]]:
    """Run smtp-sink for the time of a block; the block's value are the settings with which a notifier reaches it."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = await asyncio.create_subprocess_exec(program, *user, f"{LOOPBACK}:{port}", _BACKLOG_COUNT)
    try:
        while not await asyncio.to_thread(answers, port):
            await asyncio.sleep(0.05)
        yield {"SMTP_HOST": LOOPBACK, "SMTP_PORT": str(port), "SMTP_SECURITY": "none", "MAIL_FROM": MAIL_FROM}
    finally:
        process.terminate()
        await process.wait()
