"""A run told in plain sentences, for a reader who was not there. Pure: a result in, sentences out."""

from collections.abc import Iterator
from typing import Final

from pydantic import ValidationError

from services.replay.measure.figures import PERCENTILES, Quantile
from services.replay.measure.results import RunResult
from services.replay.measure.stages import END_TO_END, Stage
from services.replay.outcome import Code
from services.replay.plan.choices import Choices
from services.replay.plan.showing import pace
from services.replay.report import words

_VERDICTS: Final = {
    Code.DONE: "Passed",
    Code.UNUSABLE: "No verdict: nothing was measured",
    Code.SLO_MISSED: "Not passed: a threshold was missed",
    Code.AUDIT_FAILED: "Not passed: the audit failed",
    Code.NO_CONNECTION: "Not passed: a connection was lost",
    Code.GENERATOR_LIMITED: "No verdict: the generator was the limit",
    Code.INTERRUPTED: "No verdict: the run was interrupted",
}
_WITHIN: Final = {
    Stage.ACKNOWLEDGED: "were safely in Kafka",
    Stage.COMMITTED: "were in the ledger",
    Stage.MAILED: "had their mail accepted",
}
_REACHED: Final = {
    Stage.ACKNOWLEDGED: "acknowledged by Kafka",
    Stage.COMMITTED: "recorded in the ledger",
    Stage.MAILED: "answered by a mail that was accepted",
}
_AUDIT: Final = {
    "clean": "The audit afterwards found nothing lost, nothing doubled and nothing out of order.",
    "failed": "The audit afterwards failed: {breaches}.",
    "unaudited": "The audit could not look at everything, and an audit that cannot look does not pass: {missing}.",
    "skipped": "No audit was made ({missing}): nothing here proves that nothing was lost.",
}


def headline(result: RunResult) -> str:
    """Return the verdict in a few words."""
    if result.verdict.passed:
        return "Passed"
    try:
        return _VERDICTS[Code(result.verdict.code)] if result.verdict.code else "Not passed"
    except ValueError:
        return f"Not passed (code {result.verdict.code})"


def choices_of(result: RunResult) -> Choices | None:
    """Return what was asked for; None where another version wrote it in a way that this one cannot read."""
    known = {name: value for name, value in result.conditions.choices.items() if name in Choices.model_fields}
    try:
        return Choices.model_validate({"run_id": result.conditions.run_id, **known})
    except ValidationError:
        return None


def what_was_done(result: RunResult) -> Iterator[str]:
    """Yield what was done, sentence by sentence."""
    conditions, windows, counts = result.conditions, result.windows, result.counts
    recording = f"the recording {conditions.recording}" if conditions.recording else "a recording"
    total = counts.offered + counts.warm_up
    yield f"On {words.moment(conditions.started_at)}, {words.plural(total, 'link request')} of {recording} were played."
    choices = choices_of(result)
    if choices is not None:
        yield f"Pace: {pace(choices)}{_loops(choices)}."
    yield f"The sending took {words.period(windows.measured_s)}{_warm_up(result)}."
    if windows.drained:
        yield f"After {words.period(max(windows.drained_s - windows.measured_s, 0))} more all had come back."
    else:
        limit = words.period(windows.drain_limit_s)
        yield f"Not all had come back when the run ended; it would have waited {limit} after the last."
    yield _counted_from(result)
    for fault in result.faults[:1]:
        more = f" and {len(result.faults) - 1:,} more" if len(result.faults) > 1 else ""
        yield f"Faults were injected on purpose: {fault.what} at {words.period(fault.at_s)}{more}."
    if result.aborted:
        yield f"The run was ended early: {result.aborted}."


def _loops(choices: Choices) -> str:
    kept = ", with the recorded ids on purpose, so that repeats are duplicates" if choices.ids == "keep" else ""
    return (f"; {choices.loops:,} times over" if choices.loops > 1 else "") + kept


def _warm_up(result: RunResult) -> str:
    warm_up_s = result.windows.warm_up_s
    if not warm_up_s:
        return ""
    told = f"its first {words.period(warm_up_s)} were a warm-up"
    return f"; {told}, whose {words.plural(result.counts.warm_up, 'request')} count in no figure below"


def _counted_from(result: RunResult) -> str:
    if result.conditions.latency_from == "handed":
        return "There was no schedule to keep: times count from the moment at which a request was handed to the client."
    return (
        "Each request had an instant at which it was due, and its times count from that instant, "
        "whether or not the system was ready for it."
    )


def what_came_of_it(result: RunResult) -> Iterator[str]:
    """Yield what came of it, sentence by sentence."""
    counts = result.counts
    yield _how_far(result)
    yield _failures(result)
    if counts.repeats:
        yield f"{words.plural(counts.repeats, 'request')} repeated the id of an earlier one and must have no effect."
    for stage, figures in result.stages.items():
        if figures.expected:
            half, rare = figures.percentiles["p50"], figures.percentiles["p99"]
            slowest = figures.percentiles["max"]
            yield _within(stage, half, rare, slowest)


def _how_far(result: RunResult) -> str:
    expected = {stage: figures.expected for stage, figures in result.stages.items()}
    reached = {stage: came_to(result, stage) for stage in expected}
    told = [_REACHED[stage] + _statuses(result, stage) for stage in expected]
    total = words.plural(result.counts.offered, "request")
    if not result.counts.offered or reached != expected:
        counted = [f"{count:,} were {how}" for count, how in zip(reached.values(), told, strict=True)]
        return f"Of {total}, {words.listed(counted)}."
    if set(expected.values()) == {result.counts.offered}:
        return f"All {total} were {words.listed(told)}."
    own = f"all {max(list(expected.values())[1:]):,} with an id of their own {words.listed(told[1:])}"
    return f"All {total} were {told[0]}, and {own}."


def _statuses(result: RunResult, stage: Stage) -> str:
    statuses = [f"{count:,} {name.lower()}" for name, count in result.counts.committed_by_status.items() if count]
    return f" ({words.listed(statuses)})" if stage is Stage.COMMITTED and statuses else ""


def came_to(result: RunResult, stage: Stage) -> int:
    """Return how many requests of the measured time came to a stage."""
    counts = result.counts
    return {
        Stage.ACKNOWLEDGED: counts.acknowledged,
        Stage.COMMITTED: counts.committed,
        Stage.MAILED: counts.mailed,
    }[stage]


def _failures(result: RunResult) -> str:
    counts = result.counts
    if not counts.failed:
        return "None failed."
    kinds = {
        "sent too late": counts.late,
        "never sent": counts.offered - counts.sent,
        "never came back": counts.never_came_back,
    }
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count)
    return f"{counts.failed:,} failed ({words.share(counts.failed, counts.offered)})" + (f": {told}." if told else ".")


def _within(stage: Stage, half: Quantile, rare: Quantile, slowest: Quantile) -> str:
    last = " (the whole way)" if stage is END_TO_END else ""
    return (
        f"Half of the requests {_WITHIN[stage]} within {words.quantile(half)}{last}, 99 in 100 within "
        f"{words.quantile(rare)}; the slowest took {words.quantile(slowest)}."
    )


def audited(result: RunResult) -> str:
    """Return what the audit found, in one sentence."""
    audit = result.audit
    breaches = "; ".join(f"{each.what} ({each.count:,})" for each in audit.breaches) or "see its lines below"
    missing = "; ".join(audit.unaudited) or "see its lines below"
    return _AUDIT[audit.outcome].format(breaches=breaches, missing=missing)


def can_be_trusted(result: RunResult) -> Iterator[str]:
    """Yield how far the figures can be relied on: the generator's own delay and the clocks."""
    generator = result.generator
    if generator.budget_ms is None:
        yield "The generator sent as fast as it could: it had no schedule to be late for."
    else:
        rare, latest = words.duration(generator.late_p99_ms), words.duration(generator.late_max_ms)
        kept = f"{'beyond' if generator.limited else 'within'} its budget of {words.duration(generator.budget_ms)}"
        yield (
            f"The generator handed over 99 in 100 requests within {rare} of their instant, "
            f"and the latest {latest} after it: {kept}."
        )
    if generator.limited:
        yield "The generator was slower than its schedule, so these figures say nothing certain of the system."
    if generator.cpu_us_per_record is not None:
        yield f"Sending and measuring took {generator.cpu_us_per_record:.1f} µs of processor time for each record."
    if result.clock.warnings:
        yield from result.clock.warnings
    elif result.clock.smallest_ms:
        yield "No sign that the clocks of the machines disagree: nothing was seen before it was stamped."


def threshold(what: str) -> str:
    """Return what a threshold is about in the words of the report; empty where it says so itself."""
    stage, _, name = what.partition(" ")
    if stage not in set(Stage) or name not in PERCENTILES:
        return ""
    how_many = "the slowest request" if name == "max" else f"{PERCENTILES[name]:g} in 100 requests"
    return f"time within which {how_many} {_WITHIN[Stage(stage)]}"
