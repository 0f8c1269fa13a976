"""Conditions that end a run early: `--abort-on "lag > 30s for 10s"`. Parsed before the run, held against its gauges.

committed.p99 > 5s      failed > 100      failure_share > 1%      in_flight > 50000      achieved_share < 50%
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from services.replay.measure.gauges import Gauges
from services.replay.measure.quantities import duration_ms, share
from services.replay.measure.stages import END_TO_END, Stage
from services.replay.outcome import Unusable

_FORM: Final = re.compile(r"^\s*([a-z0-9_.]+)\s*([<>])\s*([0-9.]+\s*(?:%|[a-z]+)?)\s*(?:for\s+([0-9.]+\s*[a-z]+))?\s*$")
# What came in the first seconds says little: a share of ten requests is no share.
_SETTLED_S: Final = 5.0
_MS_PER_S: Final = 1_000

Gauge = Callable[[Gauges], float | None]


def _count(text: str) -> float:
    if not text.isdigit():
        raise ValueError(f"{text!r} is not a count")
    return float(text)


def _stage(stage: Stage, field: str) -> Gauge:
    return lambda gauges: None if stage not in gauges.stages else getattr(gauges.stages[stage], field)


def _share_of(part: Callable[[Gauges], float], whole: Callable[[Gauges], float]) -> Gauge:
    return lambda gauges: part(gauges) / whole(gauges) if gauges.now_s >= _SETTLED_S and whole(gauges) else None


_QUANTITIES: Final[dict[str, tuple[Gauge, Callable[[str], float]]]] = {
    "failed": (lambda gauges: float(gauges.failed), _count),
    "in_flight": (lambda gauges: float(gauges.in_flight), _count),
    "lag": (lambda gauges: gauges.lag_s * _MS_PER_S, duration_ms),
    "late_p99": (lambda gauges: gauges.late_p99_ms, duration_ms),
    "failure_share": (_share_of(lambda gauges: gauges.failed, lambda gauges: gauges.sent), share),
    "achieved_share": (_share_of(lambda gauges: gauges.achieved_per_s, lambda gauges: gauges.expected_per_s), share),
    **{
        f"{name}.{percentile}": (_stage(stage, f"recent_{percentile}_ms"), duration_ms)
        for name, stage in (("committed", Stage.COMMITTED), ("mailed", Stage.MAILED), ("end_to_end", END_TO_END))
        for percentile in ("p50", "p99")
    },
}


class Condition(NamedTuple):
    """One condition. It must hold for `for_s` seconds on end."""

    text: str
    gauge: Gauge
    above: bool
    limit: float
    for_s: float

    def holds(self, gauges: Gauges) -> bool:
        """Say whether it holds now; what is not known yet holds nothing."""
        value = self.gauge(gauges)
        return value is not None and (value > self.limit if self.above else value < self.limit)


def condition(text: str) -> Condition:
    """Read one condition. Raises Unusable in words."""
    found = _FORM.match(text)
    if found is None:
        raise Unusable(f'--abort-on {text!r} is not "<quantity> > <value>", as in "lag > 30s for 10s"')
    name, sign, value, lasting = found.groups()
    if name not in _QUANTITIES:
        raise Unusable(f"--abort-on {text!r}: {name} is not known; known are {', '.join(_QUANTITIES)}")
    gauge, read = _QUANTITIES[name]
    try:
        for_s = 0.0 if lasting is None else duration_ms(lasting) / _MS_PER_S
        return Condition(text.strip(), gauge, sign == ">", read(value.strip()), for_s)
    except ValueError as fault:
        raise Unusable(f"--abort-on {text!r}: {fault}") from None


class Abort:
    """Holds conditions against the gauges as they come."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._since: dict[Condition, float] = {}
        self._conditions = tuple(conditions)

    def reason(self, gauges: Gauges) -> str | None:
        """Return why the run shall end now, or None. Nothing is judged in the drain, which only waits."""
        for each in () if gauges.draining else self._conditions:
            if not each.holds(gauges):
                self._since.pop(each, None)
            elif gauges.now_s - self._since.setdefault(each, gauges.now_s) >= each.for_s:
                return f"--abort-on {each.text}"
        return None
