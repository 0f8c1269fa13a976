"""Folders of invented runs, made by the measurement itself from arrays: what the tests of the reports read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from services.replay.measure.assessing import LOG_COMMENTS, assess, intervals
from services.replay.measure.figures import ClockCheck
from services.replay.measure.histograms import write_log
from services.replay.measure.results import AuditSummary, Conditions, Fault, RunResult, save_result
from services.replay.measure.slo import Slo, Threshold
from services.replay.measure.stages import Stage
from services.replay.measure.timings import Timings
from services.replay.measure.verdict import Facts, decide
from services.replay.measure.windows import Layout, Limits

START: datetime = datetime(2026, 11, 27, 14, 45, tzinfo=UTC)
_TYPICAL_MS = {Stage.ACKNOWLEDGED: 4.0, Stage.COMMITTED: 25.0, Stage.MAILED: 90.0}
CLEAN = AuditSummary(
    outcome="clean",
    lines=["run clean  6,000 sent, committed and mailed", "P1  clean      6,000 requests, each with one row"],
    took_s=3.2,
)


@dataclass(frozen=True, kw_only=True)
class Made:
    """How a run went. `stall`: from which second to which the linker stood still; the last `lost` never came to the
    ledger, nor did every `lost_every`-th; the last `repeats` have the id of the first.
    """

    count: int = 6_000
    per_s: float = 100.0
    seed: int = 1
    slower: float = 1.0
    stall: tuple[float, float] | None = None
    lost: int = 0
    lost_every: int = 0
    repeats: int = 0
    warm_up_s: float = 5.0
    drain_limit_s: float = 60.0
    last: Stage = Stage.MAILED
    faults: tuple[Fault, ...] = ()
    audit: AuditSummary = CLEAN
    committed_p99_ms: float = 500.0
    conditions: dict[str, object] = field(default_factory=dict)


def timings(made: Made) -> Timings:
    """Return when each request came to each stage."""
    random = np.random.default_rng(made.seed)
    ids = np.arange(1, made.count + 1, dtype=np.uint64)
    ids[made.count - made.repeats :] = 1
    run = Timings(np.arange(made.count) / made.per_s, ids)
    run.begin(START.timestamp())
    run.handed[:] = run.due + random.exponential(0.0003, made.count)
    for stage in Stage:
        took_s = _TYPICAL_MS[stage] / 1000 * made.slower * random.lognormal(0, 0.5, made.count)
        run.at[stage][:] = run.due + took_s
    if made.stall is not None:
        from_s, to_s = (START.timestamp() + at_s for at_s in made.stall)
        for stage in (Stage.COMMITTED, Stage.MAILED):
            waiting = (run.at[stage] >= from_s) & (run.at[stage] < to_s)
            run.at[stage][waiting] = to_s + 0.02 + random.exponential(0.05, int(waiting.sum()))
    if made.lost:
        run.at[Stage.COMMITTED][-made.lost :] = run.at[Stage.MAILED][-made.lost :] = np.nan
    if made.lost_every:
        run.at[Stage.COMMITTED][:: made.lost_every] = run.at[Stage.MAILED][:: made.lost_every] = np.nan
    return run


def write_run(folder: Path, made: Made | None = None) -> RunResult:
    """Write run.json and latency.hlog, and return the result."""
    made = made or Made()
    run = timings(made)
    until_s = float(run.instants[-1])
    ended_s = until_s + (30.0 if made.lost else 2.0)
    limits = Limits(warm_up_s=made.warm_up_s, drain_limit_s=made.drain_limit_s, last=made.last)
    layout = Layout(run, limits, until_s=until_s, ended_s=ended_s)
    found = assess(layout, run, cpu_us_per_record=11.4)
    wanted = Threshold(stage=Stage.COMMITTED, percentile="p99", ms_max=made.committed_p99_ms)
    facts = Facts(found.counts, found.windows, found.series, found.stages, found.generator, made.audit)
    result = RunResult(
        conditions=_conditions(made, until_s, ended_s),
        **found._asdict(),
        clock=ClockCheck(smallest_ms={Stage.COMMITTED: 1.2}),
        faults=list(made.faults),
        audit=made.audit,
        verdict=decide(facts, Slo(thresholds=(wanted,), achieved_share_min=0.95)),
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_log(folder / "latency.hlog", START.timestamp(), LOG_COMMENTS, intervals(layout))
    save_result(folder, result)
    return result


def _conditions(made: Made, until_s: float, ended_s: float) -> Conditions:
    given: dict[str, object] = {
        "run_id": "20261127-144500-c0ffee",
        "started_at": START,
        "ended_at": START + timedelta(seconds=ended_s),
        "versions": {"ecflink": "1.0.0", "python": "3.13.9", "aiokafka": "0.13.0"},
        "configuration_hash": "5d41402abc4b2a76b9719d911017c592",
        "recording": "rehearsal.jsonl.zst",
        "recording_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "seed": made.seed,
        "host": "loadtest.example.org",
        "cores": 2,
        "partitions": {"link-requests-v1": 6},
        "cluster_id": "MkU3OEVBNTcwNTJENDM2Qg",
        "choices": {"pace": {"kind": "steady", "per_s": made.per_s}, "seed": made.seed},
    }
    return Conditions.model_validate(given | made.conditions)
