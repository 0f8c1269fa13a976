"""A run as a whole, once it stands on firm ground: laid ready, played, audited, concluded. One folder holds it all."""

import asyncio
import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import uvloop

from services.replay.front_door.timings import WalkTimings
from services.replay.front_door.walked import BOOKS
from services.replay.measure.abort import Abort
from services.replay.measure.gauges import Instruments
from services.replay.measure.live import viewing
from services.replay.measure.manifest import FILE_NAME
from services.replay.measure.results import RunResult
from services.replay.measure.slo import Slo
from services.replay.measure.timings import Timings
from services.replay.measure.windows import Limits
from services.replay.outcome import Code, Unusable
from services.replay.plan.choices import Choices
from services.replay.plan.forecast import Forecast
from services.replay.plan.spooled import Spool
from services.replay.report.writing import write_report
from services.replay.run.before import Ground
from services.replay.run.circumstances import conditions
from services.replay.run.collecting import seldom_collected
from services.replay.run.conclude import Ended, audit, concluded, write_sent
from services.replay.run.course import Course, Run, Sight
from services.replay.run.laying import PLAN, SPOOL, Laid, laid_ready
from services.replay.run.options import RunOptions
from services.replay.run.players import Into
from services.runtime.screen import warn


@dataclass(frozen=True)
class Wish:
    """What was asked for, checked as far as that goes without the deployment."""

    choices: Choices
    options: RunOptions
    slo: Slo
    limits: Limits
    abort: Abort
    folder: Path
    json: bool

    @classmethod
    def of(cls, choices: Choices, options: RunOptions, *, json: bool) -> Self:
        """Return the wish. Raises Unusable for what cannot be."""
        slo = options.judged_by()
        return cls(choices, options, slo, options.limits(choices, slo), options.abort(), options.folder(choices), json)


def played(wish: Wish, ground: Ground, *, tell: Callable[[Forecast, Ground], None]) -> RunResult:
    """Play a run and return its result, which its folder holds then. Raises Unusable, NoConnection, Transient.

    `tell` gets what the run will be before the first record is sent.
    """
    options = wish.options
    make(wish.folder)
    try:
        with laid_ready(
            wish.folder, ground, wish.choices, workers=options.workers, profile=options.profile, into=options.into
        ) as laid:
            tell(laid.plan, ground)
            timings = _timings(wish, laid)
            with salvaging(wish.folder, timings, laid.spool):
                return _result(wish, ground, laid, timings)
    except KeyboardInterrupt:
        what = f"what there is lies in {wish.folder}" if _anything_sent(wish.folder) else "nothing was sent"
        warn(f"ecflink replay: interrupted; {what}")
        raise SystemExit(int(Code.INTERRUPTED)) from None
    finally:
        tidy(wish.folder)


@contextmanager
def salvaging(folder: Path, timings: Timings, spool: Spool) -> Generator[None]:
    """Where a run that has begun fails in the block, write its manifest all the same: without the spool nobody can."""
    try:
        yield
    except BaseException:
        if not math.isnan(timings.start_s) and not (folder / FILE_NAME).exists():
            _salvaged(folder, timings, spool)
        raise


def _salvaged(folder: Path, timings: Timings, spool: Spool) -> None:
    try:
        write_sent(folder, timings, spool)
    except Unusable as second:  # what went wrong first is what is raised
        warn(f"ecflink replay: {second}")
    else:
        warn(f"ecflink replay: what was sent until then: `ecflink audit --sent {folder / FILE_NAME}` looks for it")


def _result(wish: Wish, ground: Ground, laid: Laid, timings: Timings) -> RunResult:
    options = wish.options
    before_s = time.process_time()
    course = _course(wish, ground, laid, timings)
    told = conditions(ground, laid.plan, start_s=timings.start_s, options=options)
    cpu_s = laid.spool_cpu_s + time.process_time() - before_s + course.workers.cpu_s
    ended = Ended(folder=wish.folder, timings=timings, limits=wish.limits, course=course, slo=wish.slo, cpu_s=cpu_s)
    summary = audit(ended, laid.spool, ground.profile, wish.choices.run_id, wanted=not options.no_audit)
    result = concluded(ended, told, summary, laid.plan.warnings)
    write_report(wish.folder)
    return result


def _timings(wish: Wish, laid: Laid) -> Timings:
    instants, ids = np.array(laid.spool.instants), laid.spool.ids
    if wish.options.into is Into.FRONT_DOOR:
        return WalkTimings(instants, ids, wish.folder)
    return Timings(instants, ids)


def _course(wish: Wish, ground: Ground, laid: Laid, timings: Timings) -> Course:
    limits = wish.limits
    instruments = Instruments(timings, last=limits.last, scheduled=limits.scheduled)
    with viewing(json=wish.json) as view:

        def look(sight: Sight) -> str | None:
            gauges = instruments.read(sight.now_s, sight.workers, draining=sight.draining)
            view.show(gauges)
            return wish.abort.reason(gauges)

        one = Run(timings, limits, wish.folder)
        try:
            with seldom_collected():
                return uvloop.run(one.play(ground.settings, laid.job, workers=wish.options.workers, look=look))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


def make(folder: Path) -> None:
    """Make the run's folder. Raises Unusable."""
    try:
        # Accounts stand in what a run leaves, and proofs in its spool: they are nobody else's to read.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unusable(f"{folder} cannot be made: {error.strerror}; nothing was sent") from None


def _anything_sent(folder: Path) -> bool:
    return (folder / FILE_NAME).exists() or any(folder.glob("sent-*.npz"))


def tidy(folder: Path) -> None:
    """Leave nothing behind where nothing was sent."""
    if _anything_sent(folder):
        return
    (folder / PLAN).unlink(missing_ok=True)
    for book in folder.glob(BOOKS):
        if not book.stat().st_size:
            book.unlink()
    for emptied in (folder / SPOOL, folder):
        with suppress(OSError):  # there is something else in it
            emptied.rmdir()
