"""Secrets by id, one a line: how PROOF_KEYS and NOTICE_KEYS are written."""

import re
from typing import Final

_KEY_LINE: Final = re.compile(r"^([A-Za-z0-9._-]{1,32}):([0-9a-f]{64})$")


def parse_key_lines(text: str, setting: str) -> dict[str, bytes]:
    """Return the keys of `key-id:64 hex digits` lines, in order. Raises ValueError naming the line, not its secret."""
    keys: dict[str, bytes] = {}
    for number, line in enumerate(text.split(), start=1):
        found = _KEY_LINE.match(line)
        if found is None:
            message = f"{setting} line {number} is not `key-id:64 lower-case hex digits`"
            raise ValueError(message)
        if found[1] in keys:
            message = f"{setting} line {number} gives the key id {found[1]!r} a second time"
            raise ValueError(message)
        keys[found[1]] = bytes.fromhex(found[2])
    if not keys:
        message = f"{setting} holds no key"
        raise ValueError(message)
    return keys
