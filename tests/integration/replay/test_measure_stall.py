"""A stall of the linker shows in the percentiles as it must: every request that was due in it is as late as the stall.

What is expected is computed from when the linker was stopped, not from how fast anything is here.
"""

import asyncio
import signal
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from services.replay.measure.assessing import assess
from services.replay.measure.stages import Stage
from services.replay.measure.timings import Timings
from services.replay.measure.windows import Layout, Limits
from services.replay.run.course import Course, Run
from services.replay.run.job import Job
from tests.integration.replay.audited import REHEARSAL
from tests.integration.replay.playing import profile_of, requests, spooled
from tests.linking.fixtures import stage
from tests.linking.stage import Stage as Linkers

__all__ = ["stage"]

COUNT, GAP_MS, STALL_S, SLOW_S = 1_200, 5, 2.0, 1.0
LIMITS = Limits(drain_limit_s=30.0, last=Stage.COMMITTED)


class Stalled(NamedTuple):
    """A run with a stall: from when to when, in wall-clock seconds."""

    timings: Timings
    course: Course
    since_s: float
    until_s: float

    @property
    def must_be_slow(self) -> int:
        """How many requests were due in the stall and SLOW_S before its end: none of them can be quicker than that."""
        due = self.timings.due
        return int(np.count_nonzero((due >= self.since_s) & (due <= self.until_s - SLOW_S)))


async def stalled(stage: Linkers, folder: Path) -> Stalled:
    process = stage.start(**REHEARSAL)
    while stage.log().count("partition.taken") < stage.deployment.partition_count:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.05)
    kafka, spool = stage.deployment.kafka, spooled(folder, list(requests(range(COUNT), gap_ms=GAP_MS)))
    timings = Timings(spool.instants, spool.ids)
    job = Job(profile=profile_of(kafka, folder), spool=spool.folder, folder=folder).save()
    run = asyncio.create_task(
        Run(timings, LIMITS, folder).play(kafka, job, workers=1, look=lambda _: None),
    )
    while not np.count_nonzero(~np.isnan(timings.at[Stage.COMMITTED])) >= COUNT // 4 and not run.done():  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    since_s = time.time()
    process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(STALL_S)
    until_s = time.time()
    process.send_signal(signal.SIGCONT)
    return Stalled(timings, await run, since_s, until_s)


def closed_loop(run: Stalled) -> int:
    """Return how many slow requests a client would have seen that waits for each before it sends the next."""
    free_s, slow = float("-inf"), 0
    for due, came in zip(run.timings.due, run.timings.at[Stage.COMMITTED], strict=True):
        if due >= free_s:
            free_s = came
            slow += run.since_s <= due <= run.until_s - SLOW_S
    return slow


@pytest.mark.thorough
@pytest.mark.faults
async def test_stall_shows_in_the_percentiles_and_not_in_a_closed_loop(stage: Linkers, tmp_path: Path) -> None:
    run = await stalled(stage, tmp_path)
    layout = Layout(run.timings, LIMITS, until_s=run.course.until_s, ended_s=run.course.ended_s)
    figures = assess(layout, run.timings).stages[Stage.COMMITTED]
    assert (figures.count, figures.missing) == (COUNT, 0)
    slow = layout.took(Stage.COMMITTED, layout.measured) >= SLOW_S
    assert np.count_nonzero(slow) >= run.must_be_slow > COUNT // 10
    assert figures.percentiles["p90"].ms >= SLOW_S * 1000
    assert closed_loop(run) <= 1
