"""What will happen if a recording is played with these choices: told from the very timeline that a run plays."""

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np

from services.contract.proof import KeyRing
from services.replay.plan.choices import Choices
from services.replay.plan.foretold import Forecast, Lane, Stretch
from services.replay.plan.heading import without_secrets
from services.replay.plan.paces import FullSpeed
from services.replay.plan.passing import Pass
from services.replay.plan.playable import Playable, Progress, Source, unwatched
from services.replay.plan.rates import Instants
from services.replay.plan.remaking import Remaker
from services.replay.plan.survey import Survey
from services.replay.plan.warnings import Facts, warnings
from services.replay.recording.uncollected import uncollected

__all__ = ["Forecast", "forecast", "foretold"]

_NO_ONES: Final = KeyRing({"plan": bytes(32)})
"""A plan signs as a run does, so that it costs and measures the same; nothing of it is ever sent."""
PLOT_COUNT: Final = 60
_CHUNK: Final = 1_000_000


def forecast(  # noqa: PLR0913 - what is played, into what, and who is told of it
    recording: Source,
    choices: Choices,
    partitions: Mapping[str, int],
    known_key_ids: Collection[str] | None,
    *,
    start_ms: int,
    workers: int = 1,
    progress: Progress = unwatched,
) -> Forecast:
    """Read a recording to its end and return what playing it from `start_ms` on would be.

    `partitions` gives the target topics' numbers of partitions; `known_key_ids` the proof keys that the linker has,
    None where that is not known. Raises Unusable.
    """
    playable = Playable(recording, choices)
    remaker = Remaker(choices, partitions, _NO_ONES, first_ms=playable.first_ms, start_ms=start_ms)
    playing, survey = Pass(playable, remaker, progress), Survey()
    with uncollected():
        for made in playing.loop(0):
            survey.watch(made)
    facts = Facts(recording.manifest, dict(partitions), known_key_ids, workers, remaker.fields)
    return foretold(facts, playing, remaker, survey)


def foretold(facts: Facts, playing: Pass, remaker: Remaker, survey: Survey) -> Forecast:
    """Return the forecast of a pass of which the first loop was made, or all of them."""
    choices, done, line = remaker.choices, remaker.done, playing.timeline
    for heading in remaker.headings:
        heading.settle()
    count, timed = len(line.instants), not isinstance(choices.pace, FullSpeed)
    share = count / playing.made if playing.made else 0.0
    peak_per_s, peak_at_s = peak(line.instants) if timed else (None, None)
    duration_s = float(line.instants[-1]) if timed and count else None
    made = Forecast(
        body_sha256=facts.manifest.body_sha256,
        held=facts.manifest.count,
        played=playing.playable.count,
        left_out=playing.playable.left_out,
        choices=without_secrets(choices),
        count=count,
        loops=len(line.loop_starts_s),
        duration_s=duration_s,
        mean_per_s=count / duration_s if duration_s else None,
        peak_per_s=peak_per_s,
        peak_at_s=peak_at_s,
        rates=rates(line.instants) if timed else (),
        lanes=_lanes(facts, survey.spread(line)),
        shift_s=remaker.distance_ms(0) // 1000,
        ids_minted=round(done.minted * share),
        proofs_signed=round(done.signed * share),
        proofs_kept={key: round(many * share) for key, many in done.kept_proofs.items()},
        as_it_is=round(done.as_it_is * share),
        headers_kept=_summed([heading.kept for heading in remaker.headings], share),
        headers_dropped=_summed([heading.dropped for heading in remaker.headings], share),
        value_bytes_max=survey.value_bytes_max,
        spool_bytes=survey.spool_bytes(count),
        warnings=(),
    )
    return made.model_copy(update={"warnings": tuple(warnings(made, facts, survey))})


def _lanes(facts: Facts, counts: Mapping[tuple[str, int], int]) -> tuple[Lane, ...]:
    """Return every partition of every target topic: one that gets nothing is worth seeing too."""
    return tuple(
        Lane(topic=topic, partition=partition, count=counts.get((topic, partition), 0))
        for topic, there in facts.partitions.items()
        for partition in range(there)
    )


def peak(instants: Instants) -> tuple[int, int]:
    """Return the most records that go within one whole second, and which second that is, from 0."""
    best, best_at, last, run = 0, 0, -1, 0
    for first in range(0, len(instants), _CHUNK):
        seconds, counts = np.unique(instants[first : first + _CHUNK].astype(np.int64), return_counts=True)
        if seconds[0] == last:
            counts[0] += run  # a second that the last chunk began
        busiest = int(np.argmax(counts))
        if counts[busiest] > best:
            best, best_at = int(counts[busiest]), int(seconds[busiest])
        last, run = int(seconds[-1]), int(counts[-1])
    return best, best_at


def rates(instants: Instants) -> tuple[Stretch, ...]:
    """Return the mean rate over up to PLOT_COUNT parts of the timeline, each of the same length."""
    if not len(instants) or instants[-1] <= 0:
        return ()
    edges = np.linspace(0, float(instants[-1]), PLOT_COUNT + 1)
    counts = np.diff(np.searchsorted(instants, edges[:-1]), append=len(instants))
    width = edges[1]
    return tuple(
        Stretch(from_s=float(edge), to_s=float(edge + width), per_s=float(count / width))
        for edge, count in zip(edges, counts, strict=False)
    )


def _summed(counters: list[Mapping[str, int]], share: float) -> dict[str, int]:
    names = dict.fromkeys(name for counter in counters for name in counter)
    return {name: round(sum(counter.get(name, 0) for counter in counters) * share) for name in names}
