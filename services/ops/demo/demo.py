"""`ecflink demo`: brings everything up, walks the link through the pages for the seed's people, shows the e-mail, ends.

Each run has a home of its own under var/, so it can be repeated; what was downloaded is kept and shared.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import httpx
from cyclopts import Parameter

from services.ops.demo.browser import NotAsExpected, client
from services.ops.demo.mail import in_maildir, mail_about
from services.ops.demo.people import SEED_LOGIN, people
from services.ops.demo.walk import walk
from services.ops.stack.embedded import Stack, running_stack
from services.ops.stack.process import StackFailed
from services.ops.stack.roles import ecflink
from services.ops.up import ended_by_signals
from services.runtime.screen import say, warn

AUDIT_WAIT_S: Final = 30
AUDIT_S_MAX: Final = 300
_LIB: Final = "lib"
_HOME: Final = Path("var")


def demo(
    *,
    home: Annotated[
        Path, Parameter(help="Where downloads are kept and the demonstration's own folder is made.")
    ] = _HOME,
) -> int:
    """Bring everything up, link the accounts of the seed's people, print their e-mail and the audit, end."""
    try:
        with ended_by_signals(), _own_home(home) as own, running_stack(own, demo=True, lib=home / _LIB) as stack:
            return _show(stack)
    except (StackFailed, NotAsExpected, httpx.HTTPError) as trouble:
        warn(f"ecflink: the demonstration failed: {trouble}")
        return 1


@contextmanager
def _own_home(home: Path) -> Iterator[Path]:
    home.mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(prefix="demo-", dir=home))
    own.chmod(0o755)  # Postgres runs as another user where we are root
    try:
        yield own
    except BaseException:
        warn(f"the logs of this demonstration are in {own / 'log'}")
        raise
    shutil.rmtree(own)


def _show(stack: Stack) -> int:
    person = people()[SEED_LOGIN]
    say(f"\nThe link of {person.pacer_name}, step by step at {stack.auth_url}")
    with client(stack.auth_url) as http:
        result = walk(http, person, say=say)
    text = mail_about(result.transaction_id, person.pacer_email, in_maildir(stack.mail_folder))
    say(f"\nThe e-mail that arrived\n\n{text}\n\nThe audit\n")
    done = subprocess.run(  # noqa: S603 - our own command, nothing from outside
        ecflink("audit", "--wait", str(AUDIT_WAIT_S)),
        env=stack.env("reader"),
        stdout=subprocess.PIPE,
        check=False,
        timeout=AUDIT_S_MAX,
    )
    say(done.stdout.decode().rstrip())
    if done.returncode:
        raise NotAsExpected(f"the audit ended with code {done.returncode}")
    return 0
