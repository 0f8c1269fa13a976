"""A profile as TOML text, with a line of explanation where one helps. The file is its owner's alone."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from services.replay.outcome import Unusable
from services.replay.profile.profile import Profile

_OPENING: Final = """\
# How `ecflink replay` reaches a deployment. Made by `ecflink replay init`; it holds no secret, it names where they are:
# …_file is a file, …_env a variable of the environment. Relative paths start at this file.
"""
_SAID: Final = {
    "rehearsal_key_file": "Signs the requests of a replay: `key-id:64 hex digits`; the linker must know it.",
    "cluster_ids": "The allow list: a replay sends nothing to a cluster that is not in it.",
    "ledger": "Postgres as ecflink_reader: for the audit at the end of a run.",
    "mail": "A Maildir, or the address of a Mailpit: where the mail of a replay lands.",
    "readyz": "Readiness addresses of the roles: asked before a run.",
}


def save_profile(profile: Profile, path: Path) -> None:
    """Write a new profile file, mode 0600. Raises Unusable where there is one or the folder cannot be written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor has no path
            file.write(text_of(profile))
    except FileExistsError:
        raise Unusable(f"{path} exists: remove it, or give another name") from None
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror}; nothing was kept") from None


def text_of(profile: Profile) -> str:
    """Return the profile as TOML; what is left to its default is left out."""
    values = profile.model_dump(mode="json", exclude_defaults=True)
    return _OPENING + "\n".join(_lines(values)) + "\n"


def _lines(values: Mapping[str, Any]) -> Iterator[str]:
    tables = {name: value for name, value in values.items() if isinstance(value, dict)}
    for name, value in values.items():
        if name not in tables:
            yield from _said(name)
            # JSON's strings and arrays of strings are TOML's.
            yield f"{name} = {orjson.dumps(value).decode()}"
    for name, table in tables.items():
        yield ""
        yield from _said(name)
        yield f"[{name}]"
        yield from _lines(table)


def _said(name: str) -> Iterator[str]:
    if name in _SAID:
        yield f"# {_SAID[name]}"
