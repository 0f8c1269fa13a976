"""Durations and shares as people write them: `500ms`, `2s`, `0.1%`. Used by SLO files and by --abort-on. Pure."""

import re
from typing import Final

_MS: Final = {"us": 0.001, "ms": 1.0, "s": 1_000.0, "m": 60_000.0, "h": 3_600_000.0}
_DURATION: Final = re.compile(r"^([0-9]+(?:\.[0-9]+)?)\s*(us|ms|s|m|h)$")
_SHARE: Final = re.compile(r"^([0-9]+(?:\.[0-9]+)?)\s*%$")


def duration_ms(text: object) -> float:
    """Return a duration in milliseconds. Raises ValueError in words."""
    found = _DURATION.match(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f'{text!r} is not a duration: write "250ms", "1.5s" or "2m"')
    return float(found[1]) * _MS[found[2]]


def share(text: object) -> float:
    """Return a share from 0 to 1, given as "0.5%" or as a number from 0 to 1. Raises ValueError in words."""
    found = _SHARE.match(text) if isinstance(text, str) else None
    value = float(found[1]) / 100 if found is not None else text
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f'{text!r} is not a share: write "0.5%", or a number from 0 to 1')
    return float(value)


def told_ms(ms: float) -> str:
    """Return a duration in words."""
    return f"{ms / 1000:,.3g} s" if ms >= _MS["s"] else f"{ms:,.3g} ms"


def told_share(value: float) -> str:
    """Return a share in words."""
    return f"{value * 100:.3g} %"
