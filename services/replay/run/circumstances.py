"""The conditions of a run as its result keeps them: versions, host, recording, cluster, choices; injected faults."""

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

import orjson

from services.replay.measure.figures import ClockCheck
from services.replay.measure.results import Conditions, Fault
from services.replay.plan.foretold import Forecast
from services.replay.run.before import Ground
from services.replay.run.options import RunOptions

FAULTS: Final = "faults.jsonl"
_NAMED: Final = ("ecflink", "aiokafka", "numpy")
# A stamp is taken as the end of its millisecond, and timers are not exact to it.
CLOCK_AHEAD_MS_MAX: Final = 2.0


def conditions(ground: Ground, plan: Forecast, *, start_s: float, options: RunOptions) -> Conditions:
    """Return the conditions of a run that has just ended."""
    manifest = ground.recording.manifest
    return Conditions(
        run_id=plan.choices.run_id,
        started_at=datetime.fromtimestamp(start_s, UTC),
        ended_at=datetime.now(UTC),
        versions={name: version(name) for name in _NAMED} | {"python": platform.python_version()},
        configuration_hash=sha256(ground.profile.model_dump_json().encode()).hexdigest(),
        recording=ground.recording.path.name,
        recording_sha256=manifest.body_sha256,
        seed=manifest.seed,
        host=platform.node(),
        cores=os.cpu_count() or 0,
        partitions=dict(ground.partitions),
        cluster_id=ground.cluster.cluster_id,
        choices=plan.choices.model_dump(mode="json"),
        workers=options.workers,
        latency_from="handed" if plan.duration_s is None else "intended",
        notes={"profile": ground.profile.name, "system": platform.platform()} | _asked(options),
    )


def _asked(options: RunOptions) -> dict[str, str]:
    """Return what was asked for beside the timeline, where it is not the usual."""
    slo = {} if options.slo is None else {"slo": options.slo.name}
    return {"into": str(options.into)} | slo | ({"abort_on": "; ".join(options.abort_on)} if options.abort_on else {})


def clock_check(smallest_ms: dict[str, float]) -> ClockCheck:
    """Return what the clocks showed: a stamp from the future says that two machines disagree."""
    warnings = [
        f"a request was {stage} {-ms:.1f} ms after it was seen here: the clocks disagree, durations are that much off"
        for stage, ms in smallest_ms.items()
        if ms < -CLOCK_AHEAD_MS_MAX
    ]
    return ClockCheck.model_validate({"smallest_ms": smallest_ms, "warnings": warnings})


def faults(folder: Path, start_s: float) -> list[Fault]:
    """Return the faults that somebody wrote into the run's folder as it went on; lines that are none are left out."""
    path = folder / FAULTS
    return sorted(_faults(path, start_s), key=lambda fault: fault.at_s) if path.exists() else []


def _faults(path: Path, start_s: float) -> Iterator[Fault]:
    for line in path.read_bytes().splitlines():
        try:
            told = orjson.loads(line)
            at_s = datetime.fromisoformat(told["at"]).timestamp() - start_s
            yield Fault(at_s=round(at_s, 3), what=str(told["what"]))
        except (ValueError, KeyError, TypeError):
            continue
