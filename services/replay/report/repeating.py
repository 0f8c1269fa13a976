"""The command that does a run again, from what was asked for. Pure: the inverse of `plan/options`."""

import shlex
from collections.abc import Iterator
from typing import Final

import numpy as np

from services.replay.measure.results import RunResult
from services.replay.measure.stages import END_TO_END
from services.replay.plan.choices import Choices
from services.replay.plan.paces import FullSpeed, Original, Pace, Poisson, Ramp, Spike, Steady, Step
from services.replay.report.story import choices_of
from services.replay.run.options import DRAIN_S

_STRAIGHT: Final = "topic"


def command(result: RunResult) -> str | None:
    """Return the command; None where the choices cannot be read."""
    choices = choices_of(result)
    if choices is None:
        return None
    recording = result.conditions.recording or "RECORDING"
    words = ["ecflink", "replay", "run", recording, "--profile", "replay.toml", *options(choices)]
    if result.conditions.notes.get("into", _STRAIGHT) != _STRAIGHT:
        words += ["--into", result.conditions.notes["into"]]
    if "slo" in result.conditions.notes:
        words += ["--slo", result.conditions.notes["slo"]]
    for condition in result.conditions.notes.get("abort_on", "").split("; "):
        words += ["--abort-on", condition] if condition else []
    if result.windows.warm_up_s:
        words += ["--warm-up", exact(result.windows.warm_up_s)]
    if result.windows.drain_limit_s != DRAIN_S:
        words += ["--drain", exact(result.windows.drain_limit_s)]
    if (last := list(result.stages)[-1:]) and last[0] is not END_TO_END:
        words += ["--wait-for", last[0]]
    if result.conditions.workers > 1:
        words += ["--workers", str(result.conditions.workers)]
    return shlex.join(words)


def options(choices: Choices) -> Iterator[str]:
    """Yield the options of `plan` and `run` that make these choices, but for the run's name: a new run has its own."""
    plain = Choices(run_id=choices.run_id)
    yield from _pace(choices.pace)
    if choices.for_s is not None:
        yield from ("--for", exact(choices.for_s))
    for name in ("loops", "ids", "times", "spread", "seed"):
        if getattr(choices, name) != getattr(plain, name):
            yield from (f"--{name}", str(getattr(choices, name)))
    if choices.topics != plain.topics:
        for recorded, target in choices.topics.items():
            yield from ("--topic", recorded if recorded == target else f"{recorded}={target}")
    for option, values in (
        ("--header-keep", choices.headers.keep),
        ("--header-drop", choices.headers.drop),
        ("--header-set", [f"{name}={value}" for name, value in choices.headers.put]),
        ("--id-field", choices.id_fields),
        ("--time-field", choices.time_fields),
    ):
        for value in values:
            yield from (option, value)


def _pace(asked: Pace) -> list[str]:  # noqa: PLR0911 - one for each pace
    match asked:
        case Original(speed=speed, pause_s_max=cap):
            return [
                *(["--speed", exact(speed)] if speed != 1 else []),
                *([] if cap is None else ["--pause-max", exact(cap)]),
            ]
        case FullSpeed():
            return ["--full-speed"]
        case Steady(per_s=per_s):
            return ["--rate", exact(per_s)]
        case Poisson(per_s=per_s):
            return ["--poisson", exact(per_s)]
        case Ramp() as ramp:
            return ["--ramp", f"{exact(ramp.from_per_s)}:{exact(ramp.to_per_s)}:{exact(ramp.over_s)}"]
        case Spike() as spike:
            return [
                "--spike",
                f"{exact(spike.base_per_s)}:{exact(spike.peak_per_s)}:{exact(spike.at_s)}:{exact(spike.for_s)}",
            ]
        case Step(levels=levels):
            return ["--step", ",".join(f"{exact(level.per_s)}x{exact(level.for_s)}" for level in levels)]


def exact(number: float) -> str:
    """Return a number to its last digit and without an exponent, which the command line does not read."""
    return np.format_float_positional(number, trim="-")
