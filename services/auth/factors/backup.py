"""Backup codes: ten, each good once, for a filer whose phone is not at hand. Shown once, kept as digests."""

import secrets
from typing import Final

COUNT: Final = 10
"""PACER gives ten (domain notes, 3.4)."""
LENGTH: Final = 10
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32 without 0 and 1, which look like letters: 49 bits in ten characters."""


def new_codes() -> tuple[str, ...]:
    """Return ten different codes."""
    codes: set[str] = set()
    while len(codes) < COUNT:
        codes.add("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))
    return tuple(sorted(codes))


def shown(code: str) -> str:
    """Return a code as a filer reads it: two groups of five."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"
