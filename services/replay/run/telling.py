"""The end of a run on the terminal: the verdict, the stages, what failed, the audit, and where all of it lies."""

from collections.abc import Iterator
from pathlib import Path

from services.replay.measure.quantities import told_ms
from services.replay.measure.results import RunResult
from services.replay.plan.foretold import Forecast


def intent(plan: Forecast, cluster_id: str, deployment: str) -> Iterator[str]:
    """Yield what is about to happen, and what one should know before."""
    lasting = "as fast as possible" if plan.duration_s is None else f"over {plan.duration_s:,.0f} s"
    yield f"run {plan.choices.run_id}: {plan.count:,} records {lasting} into {deployment}, cluster {cluster_id}"
    yield from (f"note: {warning}" for warning in plan.warnings)


def outcome(result: RunResult, folder: Path) -> Iterator[str]:
    """Yield what came of a run."""
    counts, generator = result.counts, result.generator
    yield f"offered {counts.offered:,}, sent in time {counts.sent_in_time:,}, failed {counts.failed:,}"
    for stage, figures in result.stages.items():
        found = figures.percentiles
        percentiles = ", ".join(f"{name} {found[name]}" for name in ("p50", "p99", "p99.9", "max") if name in found)
        yield f"{stage:<14}{figures.count:,} of {figures.expected:,}; {percentiles}"
    cpu = "" if generator.cpu_us_per_record is None else f"; {generator.cpu_us_per_record:.1f} µs of CPU a record"
    yield f"{'generator':<14}p99 {told_ms(generator.late_p99_ms)} late{cpu}"
    yield from result.audit.lines
    yield from (f"breach: {each.what}: {each.count:,} ({', '.join(each.ids)})" for each in result.audit.breaches)
    yield from (f"not proven: {each}" for each in result.audit.unaudited)
    yield from (f"warning: {warning}" for warning in result.warnings)
    yield f"{'PASSED' if result.verdict.passed else 'NOT PASSED'} ({result.verdict.code}): {result.verdict.reason}"
    yield f"results: {folder}"
