"""What a benchmark needs to play a recording: roles in rehearsal, the profile of a stage, and the command itself."""

import asyncio
import sys
from pathlib import Path
from typing import Final

from bench.stage import Stage
from services.replay.measure.results import RunResult, load_result
from services.replay.profile.cluster import look_at_cluster
from services.replay.profile.profile import Kafka, Ledger, Profile
from services.replay.profile.writing import save_profile

KEYS: Final = "bench-replay:" + "7c" * 32
REHEARSAL: Final = {"REHEARSAL": "true", "REHEARSAL_KEYS": KEYS, "REHEARSAL_MAIL": "real"}


async def profiled(made: Stage) -> Path:
    """Write the profile of a stage and return its path."""
    key, password, path = made.folder / "key", made.folder / "reader", made.folder / "replay.toml"
    key.write_text(KEYS)
    password.write_text(made.passwords["reader"])
    cluster = await look_at_cluster(made.kafka)
    ledger = Ledger(database_url=made.database("reader")["DATABASE_URL"], password_file=password)
    kafka = Kafka(bootstrap_servers=made.bootstrap, cluster_ids=(cluster.cluster_id,))
    save_profile(Profile(name="bench", kafka=kafka, ledger=ledger, rehearsal_key_file=key), path)
    return path


async def played(made: Stage, profile: Path, file: Path, name: str, *options: str) -> RunResult:
    """Play a recording with the operator's own command, results in the folder `name`, and return them."""
    folder = made.folder / name
    argv = ["-m", "services.ops", "replay", "run", str(file), "--profile", str(profile), "-o", str(folder), *options]
    with (made.folder / "replay.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(sys.executable, *argv, stdout=log, stderr=log)
        await process.wait()
    result = load_result(folder)
    print(f"replay: {name}: {result.verdict.reason}", flush=True)
    return result
