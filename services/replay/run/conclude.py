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
from services.replay.measure.audit import Claim, audit_run, skipped
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
# Below that, a run's fixed cost is nearly all of what a record seems to cost.
WEIGHED_COUNT_MIN: Final = 50_000


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


def audit(ended: Ended, spool: Spool, profile: Profile, run_id: str, *, wanted: bool) -> AuditSummary:
    """Write the manifest and audit the run. What cannot be audited, or is interrupted, is told as that."""
    if isinstance(ended.timings, WalkTimings):
        write_walked(ended.folder)
    elif spool.ids.any():
        write_manifest(ended.folder, spool)
    if not wanted or ended.limits.last is Stage.ACKNOWLEDGED:
        return skipped()
    mailed = ended.limits.last is Stage.MAILED
    came = ~np.isnan(ended.layout.finished)
    claim = Claim(folder=ended.folder, run_id=run_id, came=came, mailed=mailed)
    try:
        return uvloop.run(audit_run(profile.audit_settings(), claim, wait_s=REST_S_MAX if mailed else 0))
    except (Transient, Halt, Unusable) as trouble:
        return AuditSummary(outcome="unaudited", unaudited=[str(trouble)])
    except (KeyboardInterrupt, asyncio.CancelledError):
        return AuditSummary(outcome="unaudited", unaudited=["the audit was interrupted by Ctrl-C"])


def concluded(ended: Ended, told: Conditions, summary: AuditSummary, warnings: tuple[str, ...]) -> RunResult:
    """Return the result of a run, written into its folder. Raises Unusable where the disk is full."""
    course, layout = ended.course, ended.layout
    sent = course.workers.sent
    cpu_us = ended.cpu_s / sent * 1e6 if sent >= WEIGHED_COUNT_MIN else None
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
