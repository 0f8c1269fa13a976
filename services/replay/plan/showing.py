"""A forecast in words, for people. Pure: returns lines."""

from collections.abc import Iterator
from typing import Final

from services.replay.plan.choices import Choices
from services.replay.plan.foretold import Forecast
from services.replay.plan.paces import FullSpeed, Original, Pace, Poisson, Ramp, Spike, Steady, Step

_BARS: Final = " ▁▂▃▄▅▆▇█"
_LANES_SHOWN: Final = 32
_MB: Final = 1_000_000


def lines(plan: Forecast) -> Iterator[str]:
    """Yield a plan, line by line."""
    yield f"recording   {plan.held:,} records, SHA-256 {plan.body_sha256[:16]}…, as its manifest says"
    topics = ", ".join(name if name == to else f"{name} → {to}" for name, to in plan.choices.topics.items())
    yield f"played      {plan.count:,} records of {topics} in {plan.loops:,} loop{'s' * (plan.loops != 1)}"
    yield f"pace        {pace(plan.choices)}"
    yield f"duration    {duration(plan)}"
    if plan.rates:
        highest = f"{plan.peak_per_s:,}/s at most, in second {plan.peak_at_s:,}"
        yield f"rate        {plan.mean_per_s or 0:,.1f}/s on average, {highest}"
        yield f"            {plot([each.per_s for each in plan.rates])}"
    yield f"partitions  {spread(plan)}"
    yield f"ids         {_ids(plan)}"
    yield f"times       {_times(plan)}"
    yield f"headers     kept: {_names(plan.headers_kept)}"
    yield f"            dropped: {_names(plan.headers_dropped)}; added: {_added(plan)}"
    yield f"spool       {plan.spool_bytes / _MB:,.0f} MB of disk while the run lasts"
    yield f"largest     {plan.value_bytes_max:,} bytes in a value"
    for warning in plan.warnings:
        yield f"warning     {warning}"


def pace(choices: Choices) -> str:
    """Return a pace in words."""
    told = _pace(choices.pace)
    if isinstance(choices.pace, Poisson):
        told += f" (seed {choices.seed})"
    return told if choices.for_s is None else f"{told}; cut after {choices.for_s:g} s"


def _pace(asked: Pace) -> str:  # noqa: PLR0911 - one for each pace
    match asked:
        case Original(speed=speed, pause_s_max=cap):
            return f"the recording's own gaps, {speed:g} times as fast" + (
                "" if cap is None else f", pauses of {cap:g} s at most"
            )
        case FullSpeed():
            return "as fast as possible"
        case Steady(per_s=per_s):
            return f"{per_s:g}/s, evenly"
        case Poisson(per_s=per_s):
            return f"{per_s:g}/s on average, at random instants"
        case Ramp() as ramp:
            return f"from {ramp.from_per_s:g}/s to {ramp.to_per_s:g}/s over {ramp.over_s:g} s"
        case Spike() as spike:
            return f"{spike.base_per_s:g}/s, and {spike.peak_per_s:g}/s for {spike.for_s:g} s after {spike.at_s:g} s"
        case Step(levels=levels):
            return ", then ".join(f"{level.per_s:g}/s for {level.for_s:g} s" for level in levels)


def duration(plan: Forecast) -> str:
    """Return how long the sending takes."""
    if plan.duration_s is None:
        return "not known beforehand: as long as the generator and the broker need"
    minutes, seconds = divmod(round(plan.duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{plan.duration_s:,.3f} s ({hours} h {minutes} min {seconds} s)"


def plot(values: list[float]) -> str:
    """Return values as a row of bars, each against the highest."""
    top = max(values, default=0.0) or 1.0
    return "".join(_BARS[round(value / top * (len(_BARS) - 1))] for value in values)


def spread(plan: Forecast) -> str:
    """Return how many records each partition gets, topic by topic."""
    shown: dict[str, list[str]] = {}
    for lane in plan.lanes[:_LANES_SHOWN]:
        shown.setdefault(lane.topic, []).append(f"{lane.partition}: {lane.count:,}")
    told = "; ".join(f"{topic} {', '.join(counts)}" for topic, counts in shown.items())
    more = len(plan.lanes) - _LANES_SHOWN
    return told + (f" and {more} more" if more > 0 else "")


def _ids(plan: Forecast) -> str:
    if plan.choices.ids == "mint":
        made = f"minted anew in {plan.ids_minted:,} records, run {plan.choices.run_id}"
        return f"{made}; {plan.proofs_signed:,} proofs signed"
    kept = ", ".join(f"{count:,} by key {key}" for key, count in plan.proofs_kept.items()) or "none"
    return f"kept; proofs kept: {kept}; {plan.proofs_signed:,} to be signed, as there was none"


def _times(plan: Forecast) -> str:
    choice, kept = plan.choices.times, plan.choices.ids == "keep"
    if choice == "original":
        return "as recorded"
    moved = "each at its own sending" if choice == "now" else f"shifted by {plan.shift_s:,} s, the first to now"
    return f"{moved}; those in values stay as recorded" if kept else moved


def _names(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} ({count:,})" for name, count in counts.items() if count) or "none"


def _added(plan: Forecast) -> str:
    put = [name for name, _ in plan.choices.headers.put]
    return ", ".join([*put, *(["proof"] if plan.proofs_signed else []), "replayrun"])
