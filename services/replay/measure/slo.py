"""The SLO file: thresholds in TOML that a run must keep. Every fault of a file is told at once, in words.

committed.p99 = "500ms"         # stage.percentile; "p99.9" stands in quotes
failure_share_max = "0.1%"
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from services.replay.measure.figures import PERCENTILES
from services.replay.measure.quantities import duration_ms, share
from services.replay.measure.stages import END_TO_END, Stage
from services.replay.outcome import Unusable

_STAGES: Final = {str(stage): stage for stage in Stage} | {"end_to_end": END_TO_END}
_ALIASES: Final = {"p999": "p99.9", "p9999": "p99.99"}
_SHARES: Final = ("failure_share_max", "achieved_share_min")


class Threshold(BaseModel):
    """A percentile of a stage, and the most that it may be."""

    model_config = ConfigDict(frozen=True)

    stage: Stage
    percentile: str
    ms_max: float


class Slo(BaseModel):
    """What a run must keep. Without a file: that nothing failed.

    `achieved_share_min`: of what was offered and can come through, how much did meanwhile. `audit`: true asks for one
    even of a run with --no-audit; false lets a run pass that could not be audited. `budget_ms` is the generator's.
    """

    model_config = ConfigDict(frozen=True)

    thresholds: tuple[Threshold, ...] = ()
    failure_share_max: float = 0.0
    achieved_share_min: float | None = None
    audit: bool | None = None
    budget_ms: float | None = None

    @property
    def last(self) -> Stage | None:
        """The last stage that a threshold is about: the run must wait for it."""
        named = {threshold.stage for threshold in self.thresholds}
        return next((stage for stage in reversed(Stage) if stage in named), None)


def load_slo(path: Path) -> Slo:
    """Read an SLO file. Raises Unusable that names every fault."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}") from None
    except tomllib.TOMLDecodeError as error:
        hint = ' (a percentile with a point stands in quotes: committed."p99.9")' if "p99" in path.read_text() else ""
        raise Unusable(f"{path} is not TOML: {error}{hint}") from None
    given: dict[str, Any] = {}
    faults = [fault for name, value in content.items() for fault in _take(name, value, given)]
    if faults:
        raise Unusable(f"{path} cannot be used: " + "; ".join(faults))
    return Slo.model_validate(given)


def _take(name: str, value: object, given: dict[str, Any]) -> Iterator[str]:
    """Put what a key says among the fields; yield what is wrong with it."""
    try:
        if isinstance(value, Mapping):
            given["thresholds"] = (*given.get("thresholds", ()), *_thresholds(name, value))
        elif name in _SHARES:
            given[name] = share(value)
        elif name == "generator_budget":
            given["budget_ms"] = duration_ms(value)
        elif name == "audit" and isinstance(value, bool):
            given[name] = value
        elif name in _STAGES:
            raise ValueError(f'says which percentile: {name}.p99 = "…"')  # noqa: TRY301 - told beside the others
        else:
            known = ", ".join(("<stage>.<percentile>", *_SHARES, "audit (true or false)", "generator_budget"))
            raise ValueError(f"is not known: known are {known}")  # noqa: TRY301
    except ValueError as fault:
        yield f"{name}: {fault}"


def _thresholds(name: str, content: Mapping[str, object]) -> list[Threshold]:
    if name not in _STAGES:
        raise ValueError(f"is no stage: the stages are {', '.join(_STAGES)}")
    found = []
    for percentile, value in content.items():
        known = _ALIASES.get(percentile, percentile)
        if isinstance(value, Mapping):
            raise ValueError(f'a percentile with a point stands in quotes: {name}."p99.9"')  # noqa: TRY004 - told with the others
        if known not in PERCENTILES:
            raise ValueError(f"{percentile} is no percentile: known are {', '.join(PERCENTILES)}")
        found.append(Threshold(stage=_STAGES[name], percentile=known, ms_max=duration_ms(value)))
    return found
