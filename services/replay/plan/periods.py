"""Texts of the command line that stand for numbers: periods, and rates with their periods. Each fault in words."""

import re
from collections.abc import Sequence
from typing import Any, Final

from services.replay.outcome import Unusable
from services.replay.plan.paces import Level, Ramp, Spike, Step

_UNITS_S: Final = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PERIOD: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|)")


def seconds(text: str) -> float:
    """Return the seconds of `90`, `90s`, `15m`, `1.5h` or `2d`. Raises ValueError."""
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no period: write 90, 90s, 15m, 1.5h or 2d")
    return float(found[1]) * _UNITS_S[found[2]]


def rate(text: str) -> float:
    """Return a number of records a second. Raises ValueError."""
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no rate: write a number of records a second") from None


def ramp(text: str) -> dict[str, Any]:
    """Return the ramp of `FROM:TO:OVER`."""
    first, last, over = _parts("--ramp", text, ":", "FROM:TO:OVER, for example 10:500:5m")
    return _made("--ramp", Ramp, from_per_s=first, to_per_s=last, over_s=over)


def spike(text: str) -> dict[str, Any]:
    """Return the spike of `BASE:PEAK:AT:FOR`."""
    base, peak, at, period = _parts("--spike", text, ":", "BASE:PEAK:AT:FOR, for example 50:800:2m:30s")
    return _made("--spike", Spike, base_per_s=base, peak_per_s=peak, at_s=at, for_s=period)


def step(text: str) -> dict[str, Any]:
    """Return the steps of `RATExFOR,RATExFOR,…`."""
    levels = []
    for part in text.split(","):
        per_s, period = _parts("--step", part, "x", "RATExFOR,RATExFOR,…, for example 100x1m,200x1m,0x10s")
        levels.append(Level(_number("--step", rate, per_s), _number("--step", seconds, period)))
    return {"kind": Step.model_fields["kind"].default, "levels": levels}


def _parts(option: str, text: str, mark: str, wanted: str) -> Sequence[str]:
    parts = text.split(mark)
    if len(parts) != wanted.partition(",")[0].count(mark) + 1:
        raise Unusable(f"{option} {text}: write {wanted}")
    return parts


def _made(option: str, pace: type[Ramp | Spike], **parts: str) -> dict[str, Any]:
    numbers = {name: _number(option, rate if name.endswith("per_s") else seconds, text) for name, text in parts.items()}
    return {"kind": pace.model_fields["kind"].default, **numbers}


def _number(option: str, reader: Any, text: str) -> float:  # noqa: ANN401 - `rate` or `seconds`
    try:
        found: float = reader(text)
    except ValueError as error:
        raise Unusable(f"{option}: {error}") from None
    return found
