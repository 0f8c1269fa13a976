"""The run laid ready: its forecast (`plan.json`), its spool, and the job that the workers read. Nothing is sent yet."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.replay.outcome import Unusable
from services.replay.plan.choices import Choices
from services.replay.plan.forecast import Forecast, forecast, foretold
from services.replay.plan.passing import Pass, twice
from services.replay.plan.playable import Playable
from services.replay.plan.remaking import Remaker
from services.replay.plan.spool import spooled
from services.replay.plan.spooled import Spool
from services.replay.plan.survey import Survey
from services.replay.plan.warnings import Facts
from services.replay.run.before import Ground
from services.replay.run.job import FILE_NAME, FULL_BUFFER_BYTES, PACED_BUFFER_BYTES, Job
from services.replay.run.players import Into
from services.runtime.clock import now
from services.runtime.screen import progressing

PLAN: Final = "plan.json"
SPOOL: Final = "spool"
# About what writing the spool takes: a replayed request shall not be older than it must when it is sent.
_SPOOL_S_PER_RECORD: Final = 15e-6
_MS_PER_S: Final = 1000


@dataclass(frozen=True)
class Laid:
    """What is ready to be played. `spool_cpu_s` is what making it has cost."""

    plan: Forecast
    spool: Spool
    job: Path
    spool_cpu_s: float


def foresee(ground: Ground, choices: Choices, *, workers: int) -> Forecast:
    """Return what the run will be, for whoever is asked before it. Reads the whole recording. Raises Unusable."""
    with progressing("planning", _reading_count(ground, choices, loops=1)) as advance:
        return forecast(
            ground.recording,
            choices,
            ground.partitions,
            ground.known_key_ids,
            start_ms=int(now().timestamp() * _MS_PER_S),
            workers=workers,
            progress=advance,
        )


@contextmanager
def laid_ready(
    folder: Path, ground: Ground, choices: Choices, *, workers: int, profile: Path, into: Into
) -> Generator[Laid]:
    """Write all of it into the run's folder; spool and job are removed with the end of the block. Raises Unusable."""
    spool_folder = folder / SPOOL
    began_s = time.process_time()
    spool, plan = _spooled(spool_folder, ground, choices, workers)
    spool_cpu_s = time.process_time() - began_s
    buffer_bytes = FULL_BUFFER_BYTES if plan.duration_s is None else PACED_BUFFER_BYTES
    job = Job(
        profile=profile.resolve(),
        spool=spool_folder.resolve(),
        folder=folder.resolve(),
        into=into,
        buffer_bytes_max=max(1, buffer_bytes // workers),
    )
    try:
        yield Laid(plan, spool, _written(folder, job, plan), spool_cpu_s)
    finally:
        (folder / FILE_NAME).unlink(missing_ok=True)
        spool.remove()


def _written(folder: Path, job: Job, plan: Forecast) -> Path:
    try:
        (folder / PLAN).write_text(plan.model_dump_json(indent=2) + "\n", encoding="utf-8")
        return job.save()
    except OSError as error:
        raise Unusable(f"{folder}: {error.strerror}; nothing was sent and the spool is removed") from None


def _spooled(folder: Path, ground: Ground, choices: Choices, workers: int) -> tuple[Spool, Forecast]:
    """Write the spool and foresee the run on the way: the recording is read once."""
    playable, survey = Playable(ground.recording, choices), Survey()
    began_ms = int(now().timestamp() * _MS_PER_S)
    remaker = Remaker(choices, ground.partitions, ground.ring, first_ms=playable.first_ms, start_ms=began_ms)
    with progressing("preparing", _reading_count(ground, choices, loops=choices.loops)) as advance:
        playing = Pass(playable, remaker, advance)
        remaker.start_ms = int((now().timestamp() + playing.count * _SPOOL_S_PER_RECORD) * _MS_PER_S)
        spool = spooled(folder, playing, workers, survey)
    try:
        _assert_playable(spool, ground, remaker)
    except Unusable:
        spool.remove()
        raise
    facts = Facts(ground.recording.manifest, dict(ground.partitions), ground.known_key_ids, workers, remaker.fields)
    return spool, foretold(facts, playing, remaker, survey)


def _assert_playable(spool: Spool, ground: Ground, remaker: Remaker) -> None:
    if not spool.count:
        raise Unusable("the timeline ends before the first record; nothing was sent")
    ground.assert_proven(signed=remaker.done.signed, unproven=remaker.done.unproven)


def _reading_count(ground: Ground, choices: Choices, *, loops: int) -> int:
    return ground.recording.manifest.count * (loops + twice(choices))
