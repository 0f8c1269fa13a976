"""Postgres refuses to run as root: where the stack runs as root, its Postgres runs as `nobody` instead.

For that the folders above its programs and its data must be passable; nothing is made readable, and what is changed
is said.
"""

import os
import pwd
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

_UNPRIVILEGED_NAME = "nobody"


class Account(NamedTuple):
    user_id: int
    group_id: int


def unprivileged_account() -> Account | None:
    """Return whom to run Postgres as: None is whoever we are."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(_UNPRIVILEGED_NAME)
    return Account(entry.pw_uid, entry.pw_gid)


def make_passable(path: Path, *, say: Callable[[str], None]) -> None:
    """Let others pass through every folder above `path` and `path` itself (o+x, without o+r)."""
    for folder in (*reversed(path.resolve().parents), path.resolve()):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            say(f"let others pass through {folder} (chmod o+x): Postgres does not run as root")


def give(path: Path, account: Account) -> None:
    """Hand one file or folder over."""
    os.chown(path, account.user_id, account.group_id)
