"""Numbers as people read them: durations, shares, counts, moments. Pure."""

from datetime import UTC, datetime
from typing import Final

from services.replay.measure.figures import Quantile
from services.replay.measure.stages import Stage

STAGE_NAMES: Final = {
    Stage.ACKNOWLEDGED: "Acknowledged",
    Stage.COMMITTED: "In the ledger",
    Stage.MAILED: "Mail accepted",
}
_MS_PER_S: Final = 1000
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_LONG_S: Final = 10
_TINY_MS: Final = 10


def duration(ms: float) -> str:
    """Return a duration of a request: `8.43 ms`, `312 ms`, `1.25 s`, `14.4 s`, `2 min 5 s`."""
    if ms < _MS_PER_S:
        return f"{ms:.2f} ms" if ms < _TINY_MS else f"{ms:.0f} ms" if ms >= 10 * _TINY_MS else f"{ms:.1f} ms"
    if ms < _MINUTE_S * _MS_PER_S:
        return f"{ms / _MS_PER_S:.{2 if ms < _LONG_S * _MS_PER_S else 1}f} s"
    return period(ms / _MS_PER_S)


def quantile(value: Quantile) -> str:
    """Return a percentile; one that falls on requests that never came is told as more than it."""
    return f"more than {duration(value.ms)}" if value.at_least else duration(value.ms)


def brief(value: Quantile) -> str:
    """Return a percentile for a table, where room is short: `> 31 s` is more than 31 s."""
    return f"> {duration(value.ms)}" if value.at_least else duration(value.ms)


def period(seconds: float) -> str:
    """Return a stretch of a run: `4.2 s`, `35 s`, `2 min 5 s`, `3 h`."""
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s" if seconds >= _LONG_S or seconds == int(seconds) else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR_S:
        return _two(whole // _MINUTE_S, "min", whole % _MINUTE_S, "s")
    return _two(whole // _HOUR_S, "h", whole % _HOUR_S // _MINUTE_S, "min")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large:,} {large_unit}" + (f" {small} {small_unit}" if small else "")


def share(part: int, whole: int) -> str:
    """Return a part of a whole in per cent. Only all of it is 100 %, and only nothing is 0 %."""
    if not whole:
        return "none"
    percent = part / whole * 100
    if part in {0, whole}:
        return f"{percent:.0f} %"
    return f"{min(max(percent, 0.01), 99.99):.2f} %"


def rate(per_s: float) -> str:
    """Return a rate a second: `0.4`, `5.3`, `1,250`."""
    return f"{per_s:,.0f}" if per_s >= _LONG_S or per_s == int(per_s) else f"{per_s:.1f}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun: `1 request`, `1,200 requests`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def moment(at: datetime) -> str:
    """Return a moment in UTC: `27 November 2026, 14:45:09 UTC`."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M:%S} UTC"


def level(percent: float) -> str:
    """Return a percentile's level: `50 %`, `99.9 %`, `99.9969 %`; 100 is the slowest."""
    return "slowest" if percent >= 100 else f"{percent:.4f}".rstrip("0").rstrip(".") + " %"  # noqa: PLR2004


def listed(parts: list[str]) -> str:
    """Return parts as in a sentence: `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
