"""The verdict on a run: which exit code, and why. Pure.

Where several things are wrong, the one that takes the ground from under the others counts: without a connection nothing
was tested (4); what the audit disproves makes every figure worthless (3); figures of a generator that was the limit say
nothing of the system (5); only then do thresholds speak (2). What a person ended has no verdict (130), unless the audit
disproves it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from services.replay.measure.figures import Counts, Generator, Series, StageFigures, Windows
from services.replay.measure.quantities import told_ms, told_share
from services.replay.measure.results import AuditSummary, Line, Verdict
from services.replay.measure.slo import Slo, Threshold
from services.replay.measure.stages import Stage
from services.replay.outcome import Code


class Facts(NamedTuple):
    """What the verdict is reached from. `away`: which server did not answer at the end; empty: all did.

    `aborted` says why the run ended early, `interrupted` whether that was a person's wish.
    """

    counts: Counts
    windows: Windows
    series: Series
    stages: dict[Stage, StageFigures]
    generator: Generator
    audit: AuditSummary
    away: str = ""
    aborted: str | None = None
    interrupted: bool = False


def decide(facts: Facts, slo: Slo) -> Verdict:
    """Return the verdict."""
    lines = list(_lines(facts, slo))
    code, reason = next(_troubles(facts, slo, lines), (Code.DONE, "every threshold was kept"))
    return Verdict(passed=code is Code.DONE, code=int(code), reason=reason, lines=lines)


def _troubles(facts: Facts, slo: Slo, lines: list[Line]) -> Iterator[tuple[Code, str]]:
    """Yield what is wrong, the one that counts first."""
    if facts.interrupted and facts.audit.outcome != "failed":
        yield Code.INTERRUPTED, f"ended early: {facts.aborted}"
    if away := facts.away or (facts.audit.away if slo.audit is not False else ""):
        yield Code.NO_CONNECTION, f"not connected at the end: {away}"
    if (fault := _audit_fault(facts.audit, slo)) is not None:
        yield Code.AUDIT_FAILED, fault
    if not facts.counts.offered and facts.aborted is None:
        yield Code.UNUSABLE, "no request was due after the warm-up: nothing was measured; make the warm-up shorter"
    if facts.generator.limited:
        late, budget = told_ms(facts.generator.late_p99_ms), told_ms(facts.generator.budget_ms or 0)
        yield Code.GENERATOR_LIMITED, f"the generator was the limit: its p99 delay is {late}, beyond {budget}"
    if facts.aborted is not None:
        yield Code.SLO_MISSED, f"ended early: {facts.aborted}"
    missed = [line for line in lines if not line.passed]
    if missed:
        first = f"{missed[0].what} is {missed[0].found}, wanted {missed[0].wanted}"
        yield Code.SLO_MISSED, first + (f", and {len(missed) - 1} more" if len(missed) > 1 else "")


def _audit_fault(audit: AuditSummary, slo: Slo) -> str | None:
    if audit.outcome == "failed":
        return "the audit failed: " + "; ".join(f"{each.what}: {each.count:,}" for each in audit.breaches)
    if audit.outcome == "unaudited" and slo.audit is not False:
        return "not proven: " + "; ".join(audit.unaudited)
    if audit.outcome == "skipped" and slo.audit:
        return "not proven: the SLO file asks for an audit, and " + "; ".join(audit.unaudited)
    return None


def _lines(facts: Facts, slo: Slo) -> Iterator[Line]:
    for threshold in slo.thresholds:
        yield _threshold(threshold, facts.stages.get(threshold.stage))
    share = facts.counts.failed / facts.counts.offered if facts.counts.offered else 0.0
    wanted = f"at most {told_share(slo.failure_share_max)}"
    passed = share <= slo.failure_share_max
    found = f"{told_share(share)} ({facts.counts.failed:,})"
    yield Line(what="share of requests that failed", wanted=wanted, found=found, passed=passed)
    if slo.achieved_share_min is not None:
        achieved = facts.counts.achieved / facts.counts.expected if facts.counts.expected else 0.0
        wanted = f"at least {told_share(slo.achieved_share_min)}"
        passed = achieved >= slo.achieved_share_min
        yield Line(what="achieved of the offered rate", wanted=wanted, found=told_share(achieved), passed=passed)


def _threshold(threshold: Threshold, figures: StageFigures | None) -> Line:
    what, wanted = f"{threshold.stage} {threshold.percentile}", f"at most {told_ms(threshold.ms_max)}"
    if figures is None or not figures.expected:
        return Line(what=what, wanted=wanted, found="not measured", passed=False)
    found = figures.percentiles[threshold.percentile]
    passed = not found.at_least and found.ms <= threshold.ms_max
    return Line(what=what, wanted=wanted, found=("> " if found.at_least else "") + told_ms(found.ms), passed=passed)
