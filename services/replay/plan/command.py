"""`ecflink replay plan`: what a run would be, without a broker. Reads the whole recording and verifies its digest."""

from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from cyclopts.validators import Number

from services.replay.outcome import exiting
from services.replay.plan.forecast import forecast
from services.replay.plan.options import PlayOptions
from services.replay.plan.passing import twice
from services.replay.plan.showing import lines
from services.replay.plan.spooled import WORKER_COUNT_MAX
from services.replay.profile.loading import load_profile
from services.replay.recording.manifest import Manifest
from services.replay.recording.reading import Recording
from services.runtime.clock import now
from services.runtime.screen import progressing, say

_ONE_RUN: Final = PlayOptions()
PARTITION_COUNT_MAX: Final = 65_535


@exiting()
def plan(  # noqa: PLR0913 - a command line
    file: Path,
    /,
    *,
    options: PlayOptions = _ONE_RUN,
    profile: Path | None = None,
    partitions: Annotated[int | None, Parameter(validator=Number(gte=1, lte=PARTITION_COUNT_MAX))] = None,
    known_key: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    workers: Annotated[int, Parameter(validator=Number(gte=1, lte=WORKER_COUNT_MAX))] = 1,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Show what playing a recording would be: schedule, duration, peaks, spread, headers, ids, disk and warnings.

    Nothing is sent and no broker is needed. Takes the options of `run`.

    Parameters
    ----------
    file
        The recording. It is read to its end and held against its digest.
    profile
        A profile file: its rehearsal keys count as known to the linker.
    partitions
        How many partitions each target topic has. Default: as many as the recorded topic had.
    known_key
        A proof key id that the linker has; again for more.
    workers
        How many processes would send.
    json
        Print JSON.
    """
    recording = Recording.open(file)
    choices = options.choices()
    counts = {target: partitions or _recorded(recording.manifest, topic) for topic, target in choices.topics.items()}
    with progressing("planning", recording.manifest.count * (1 + twice(choices))) as advance:
        plan = forecast(
            recording,
            choices,
            counts,
            _known(profile, known_key),
            start_ms=int(now().timestamp() * 1000),
            workers=workers,
            progress=advance,
        )
    say(plan.model_dump_json(indent=2) if json else "\n".join(lines(plan)))
    return 0


def _recorded(manifest: Manifest, topic: str) -> int:
    held = manifest.topics.get(topic)
    return max(1, held.partition_count) if held is not None else 1


def _known(profile: Path | None, given: tuple[str, ...]) -> frozenset[str] | None:
    ring = load_profile(profile).ring() if profile is not None else None
    ids = {*given, *(ring.keys if ring is not None else ())}
    return frozenset(ids) if ids else None
