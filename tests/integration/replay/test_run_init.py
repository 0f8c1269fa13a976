"""`ecflink replay init` against real servers: what it finds, what it writes, and how it ends."""

import asyncio
import subprocess
import sys
from pathlib import Path

from services.replay.profile.loading import load_profile
from tests.backends.deployment import Deployment
from tests.linking.requests import REHEARSAL_KEYS

RUN_S_MAX = 60.0


def init(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "services.ops", "replay", "init", str(path), "--yes", *options]
    return subprocess.run(
        argv, capture_output=True, text=True, timeout=RUN_S_MAX, stdin=subprocess.DEVNULL, check=False
    )


def environment(deployment: Deployment, folder: Path) -> Path:
    """Write what a deployment's own commands are told, as a file."""
    (folder / "reader").write_text(deployment.settings("reader")["database_password"])
    (folder / "key").write_text(REHEARSAL_KEYS)
    told = deployment.env("reader")
    del told["DATABASE_PASSWORD"]
    told |= {"DATABASE_PASSWORD_FILE": str(folder / "reader"), "REHEARSAL_KEYS_FILE": str(folder / "key")}
    path = folder / "environment"
    path.write_text("".join(f"{name}={value}\n" for name, value in told.items()))
    return path


async def test_a_deployments_environment_becomes_a_profile(deployment: Deployment, tmp_path: Path) -> None:
    told = environment(deployment, tmp_path)
    done = await asyncio.to_thread(init, tmp_path / "replay.toml", "--environment-file", str(told))
    profile = load_profile(tmp_path / "replay.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [word in done.stdout for word in ("reads the ledger", "r1 signs", "brokers: 1")] == [True] * 3
    assert profile.kafka_settings().topic_prefix == deployment.kafka.topic_prefix
    assert len(profile.kafka.cluster_ids) == 1


async def test_a_role_that_may_write_is_told(deployment: Deployment, tmp_path: Path) -> None:
    told = environment(deployment, tmp_path)
    (tmp_path / "linker").write_text(deployment.settings("linker")["database_password"])
    url, password = deployment.settings("linker")["database_url"], str(tmp_path / "linker")
    options = ("--environment-file", str(told), "--database-url", url, "--database-password-file", password)
    done = await asyncio.to_thread(init, tmp_path / "replay.toml", *options)
    assert "may also write" in " ".join(done.stdout.split())


async def test_without_a_broker_no_cluster_is_allowed(tmp_path: Path) -> None:
    done = await asyncio.to_thread(init, tmp_path / "replay.toml", "--bootstrap-servers", "127.0.0.1:9")
    assert done.returncode == 4, done.stdout + done.stderr
    assert load_profile(tmp_path / "replay.toml").kafka.cluster_ids == ()


async def test_a_topic_that_is_missing_is_told(deployment: Deployment, tmp_path: Path) -> None:
    servers = deployment.kafka.kafka_bootstrap_servers
    options = ("--bootstrap-servers", servers, "--topic-prefix", "nobody-")
    done = await asyncio.to_thread(init, tmp_path / "replay.toml", *options)
    assert done.returncode == 1
    assert "nobody-link-requests-v1 does not exist" in " ".join(done.stdout.split())
