"""After the last record: the manifest, the audit, the figures, the verdict, and all of it written down."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import uvloop

from services.replay.front_door.manifest import write_walked
from services.replay.front_door.timings import WalkTimings
from services.replay.measure.assessing import LOG_COMMENTS, assess, intervals
from services.replay.measure.audit import Claim, audit_run, nothing_to_audit, skipped
from services.replay.measure.histograms import write_log
from services.replay.measure.results import AuditSummary, Conditions, RunResult, save_result
from services.replay.measure.slo import Slo
from services.replay.measure.stages import Stage
from services.replay.measure.timings import Timings
from services.replay.measure.verdict import Facts, decide
from services.replay.measure.windows import Layout, Limits
from services.replay.outcome import Unusable
from services.replay.plan.spooled import Spool
from services.replay.profile.profile import Profile
from services.replay.run.circumstances import clock_check, faults
from services.replay.run.course import INTERRUPTED, Course
from services.replay.run.manifest import write_manifest
from services.runtime.faults import Halt, Transient

LATENCIES: Final = "latency.hlog"
REST_S_MAX: Final = 15.0


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A run that has ended, and how it is to be judged."""

    folder: Path
    timings: Timings
    limits: Limits
    course: Course
    slo: Slo
    cpu_s: float

    @property
    def layout(self) -> Layout:
        # At full speed no instant says where offering ended: the last handing over does.
        until_s = self.course.until_s
        if not self.limits.scheduled and self.course.workers.sent:
            until_s = float(np.nanmax(self.timings.handed)) - self.timings.start_s
        return Layout(self.timings, self.limits, until_s=until_s, ended_s=self.course.ended_s)


def write_sent(folder: Path, timings: Timings, spool: Spool) -> None:
    """Write the manifest, while the spool is there yet. Raises Unusable where the disk is full."""
    if isinstance(timings, WalkTimings):
        write_walked(folder)
    elif spool.ids.any():
        write_manifest(folder, spool)


def audit(ended: Ended, spool: Spool, profile: Profile, run_id: str, *, wanted: bool) -> AuditSummary:
    """Write the manifest and audit the run. What cannot be audited, or is interrupted, is told as that."""
    write_sent(ended.folder, ended.timings, spool)
    if not wanted:
        return skipped()
    if ended.limits.last is Stage.ACKNOWLEDGED and not spool.ids.any():
        return nothing_to_audit()
    came = ~np.isnan(ended.layout.finished)
    claim = Claim(folder=ended.folder, run_id=run_id, came=came, mailed=ended.limits.last is Stage.MAILED)
    try:
        return uvloop.run(audit_run(profile.audit_settings(), claim, wait_s=_rest_s(ended.limits)))
    except Transient as trouble:
        return AuditSummary(outcome="unaudited", unaudited=[str(trouble)], away=str(trouble))
    except (Halt, Unusable) as trouble:
        return AuditSummary(outcome="unaudited", unaudited=[str(trouble)])
    except (KeyboardInterrupt, asyncio.CancelledError):
        return AuditSummary(outcome="unaudited", unaudited=["the audit was interrupted by Ctrl-C"])


def _rest_s(limits: Limits) -> float:
    """Return for how long the audit waits at most until nothing is under way any more."""
    # A run that waited for the broker alone has waited for nothing that the audit looks at.
    waits_s = {Stage.ACKNOWLEDGED: limits.drain_limit_s, Stage.COMMITTED: 0.0, Stage.MAILED: REST_S_MAX}
    return waits_s[limits.last]


def concluded(ended: Ended, told: Conditions, summary: AuditSummary, warnings: tuple[str, ...]) -> RunResult:
    """Return the result of a run, written into its folder. Raises Unusable where the disk is full."""
    course, layout = ended.course, ended.layout
    sent = course.workers.sent
    # What a schedule's waiting costs is no cost of a record.
    cpu_us = ended.cpu_s / sent * 1e6 if sent and not ended.limits.scheduled else None
    figures = assess(layout, ended.timings, cpu_us_per_record=cpu_us)
    facts = Facts(
        counts=figures.counts,
        windows=figures.windows,
        series=figures.series,
        stages=figures.stages,
        generator=figures.generator,
        audit=summary,
        away=course.away,
        aborted=course.aborted,
        interrupted=course.aborted == INTERRUPTED,
    )
    clock = clock_check(course.clock_ms)
    result = RunResult(
        conditions=told,
        counts=figures.counts,
        windows=figures.windows,
        series=figures.series,
        stages=figures.stages,
        generator=figures.generator,
        clock=clock,
        faults=faults(ended.folder, ended.timings.start_s),
        audit=summary,
        verdict=decide(facts, ended.slo),
        aborted=course.aborted,
        warnings=[*warnings, *clock.warnings, *([course.workers.trouble] if course.workers.trouble else [])],
    )
    try:
        write_log(ended.folder / LATENCIES, ended.timings.start_s, LOG_COMMENTS, intervals(layout))
        save_result(ended.folder, result)
    except OSError as error:
        raise Unusable(
            f"{ended.folder}: {error.strerror}: the result could not be written; sent-*.npz is kept"
        ) from None
    return result
