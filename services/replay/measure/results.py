"""What a run leaves: `run.json` in its folder, schema version 1. Reports, comparisons and verdicts read this alone.

All durations of requests are milliseconds from the intended instant; all places in time are seconds from the start.
"""

from pathlib import Path
from typing import Final, Literal

from pydantic import AwareDatetime, Field, ValidationError

from services.replay.drafts import whole_file
from services.replay.measure.figures import ClockCheck, Counts, Generator, Part, Series, StageFigures, Windows
from services.replay.measure.stages import Stage
from services.replay.outcome import Unusable

FILE_NAME: Final = "run.json"


class Conditions(Part):
    """What the run was made of and where. `choices` is what was asked for, `versions` every program by name.

    `latency_from`: "intended" where there was a schedule; "handed" at full speed, where there is none.
    """

    run_id: str
    started_at: AwareDatetime
    ended_at: AwareDatetime
    versions: dict[str, str] = Field(default_factory=dict)
    configuration_hash: str | None = None
    recording: str | None = None
    recording_sha256: str | None = None
    seed: int | None = None
    host: str = ""
    cores: int = 0
    partitions: dict[str, int] = Field(default_factory=dict)
    cluster_id: str | None = None
    choices: dict[str, object] = Field(default_factory=dict)
    workers: int = 1
    latency_from: Literal["intended", "handed"] = "intended"
    notes: dict[str, str] = Field(default_factory=dict)


class Fault(Part):
    """A fault that somebody injected, in seconds from the start."""

    at_s: float
    what: str


class Finding(Part):
    """One kind of breach or remark of the audit: how many, and the ids of the first few (all are in audit.json)."""

    what: str
    count: int
    ids: list[str]


class AuditSummary(Part):
    """The audit at the end: `lines` are the promises in words, `breaches` fail it, `remarks` are only told.

    `unaudited` says what was not looked at, and why. `away`: which server did not answer the audit; empty: all did.
    """

    outcome: Literal["clean", "failed", "unaudited", "skipped"]
    lines: list[str] = Field(default_factory=list)
    breaches: list[Finding] = Field(default_factory=list)
    remarks: list[Finding] = Field(default_factory=list)
    unaudited: list[str] = Field(default_factory=list)
    away: str = ""
    took_s: float | None = None


class Line(Part):
    """One threshold: what was wanted, what was found, whether it holds."""

    what: str
    wanted: str
    found: str
    passed: bool


class Verdict(Part):
    """The exit code of the run and why: see `verdict.py` for what goes before what."""

    passed: bool
    code: int
    reason: str
    lines: list[Line] = Field(default_factory=list)


class RunResult(Part):
    """The whole result."""

    format: Literal["ecflink-replay-run"] = "ecflink-replay-run"
    version: Literal[1] = 1
    conditions: Conditions
    counts: Counts
    windows: Windows
    series: Series
    stages: dict[Stage, StageFigures]
    generator: Generator
    clock: ClockCheck = ClockCheck()
    faults: list[Fault] = Field(default_factory=list)
    audit: AuditSummary
    verdict: Verdict
    aborted: str | None = None
    warnings: list[str] = Field(default_factory=list)


def save_result(folder: Path, result: RunResult) -> Path:
    """Write run.json, whole or not at all, and return its path."""
    path = folder / FILE_NAME
    with whole_file(path) as file:
        file.write(result.model_dump_json(indent=2).encode() + b"\n")
    return path


def load_result(folder: Path) -> RunResult:
    """Read a run's folder (or its run.json itself). Raises Unusable."""
    path = folder if folder.is_file() else folder / FILE_NAME
    try:
        return RunResult.model_validate_json(path.read_bytes())
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}; give the folder of a run") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise Unusable(f"{path} is not the result of a run (version 1): {place}: {first['msg']}") from None
