"""All that a report is made from: the run's result, its durations, and the digests that tie the page to the files."""

import hashlib
from collections.abc import Mapping
from math import floor, inf
from pathlib import Path
from typing import Final, NamedTuple

from services.replay.measure.results import FILE_NAME, RunResult, load_result
from services.replay.measure.stages import Stage
from services.replay.outcome import Unusable
from services.replay.report.durations import FILE_NAME as LOG_NAME
from services.replay.report.durations import Durations, Spread, read_durations

CITED: Final = (FILE_NAME, LOG_NAME, "audit.json", "sent.jsonl", "plan.json")


class Evidence(NamedTuple):
    """A run. `digests` has the SHA-256 of each file of the folder that the report rests on, by name."""

    folder: Path
    result: RunResult
    durations: Mapping[Stage, Durations]
    digests: Mapping[str, str]

    def spreads(self) -> dict[Stage, Spread]:
        """Return the durations of the measured window, by stage, in order; stages without a request are left out."""
        # A second in which the warm-up ends is split in run.json and cannot be split in the log: it counts as warm-up.
        from_s = self.result.windows.warm_up_s
        made = {stage: each.within(from_s, inf) for stage, each in self.durations.items()}
        return {stage: spread for stage, spread in made.items() if spread.every.total}


def read_evidence(folder: Path) -> Evidence:
    """Read the folder of a run. Raises Unusable."""
    result = load_result(folder)
    folder = folder.parent if folder.is_file() else folder
    durations = read_durations(folder)
    _assert_whole(folder, result, durations)
    return Evidence(folder, result, durations, _digests(folder))


def _assert_whole(folder: Path, result: RunResult, durations: Mapping[Stage, Durations]) -> None:
    """Hold the log against the result: a log that was cut off between two lines reads well, and lacks requests."""
    warm_up_s = result.windows.warm_up_s
    for stage, figures in result.stages.items():
        held = durations[stage].within(floor(warm_up_s), inf).every.total if stage in durations else 0
        at_most = durations[stage].within(warm_up_s, inf).every.total if stage in durations else 0
        if not at_most <= figures.expected <= held:
            raise Unusable(
                f"{folder / LOG_NAME} does not belong to the run.json beside it, or was cut off: of "
                f"{figures.expected:,} requests to be {stage} it holds {held:,}; copy the run's folder again"
            )


def _digests(folder: Path) -> dict[str, str]:
    digests = {}
    for path in (folder / name for name in CITED):
        if path.is_file():
            with path.open("rb") as file:
                digests[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests
