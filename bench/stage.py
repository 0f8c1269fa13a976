"""The stage of a benchmark: a broker, a database and a mail sink of its own on this machine, and the roles as
processes.
"""

import asyncio
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from services.ops import notice_keys
from services.ops.stack.kafka import KafkaServer
from services.ops.stack.ports import free_port
from services.ops.stack.postgres import PostgresServer
from services.runtime.migrations import READER, SERVICES, migrate
from services.runtime.settings import KafkaSettings
from services.runtime.topology import Shape, create_topics, make_positions

PARTITION_COUNT = 6
KEY_ID = "bench"
_LIB = Path(__file__).parents[1] / "var" / "lib"
_READY_S_MAX = 60.0


@dataclass(frozen=True)
class Stage:
    """Addresses and secrets of one benchmark run."""

    bootstrap: str
    owner_url: str
    passwords: Mapping[str, str]
    proof_key: str
    folder: Path
    form_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    factor_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    notice_key: str = field(default_factory=lambda: secrets.token_hex(32))

    @property
    def kafka(self) -> KafkaSettings:
        return KafkaSettings(kafka_bootstrap_servers=self.bootstrap)

    def database(self, role: str) -> dict[str, str]:
        """Return the settings with which a role reaches the database; none for the guard, which has none."""
        if role not in self.passwords:
            return {}
        host = self.owner_url.rpartition("@")[2]
        return {"DATABASE_URL": f"postgresql://ecflink_{role}@{host}", "DATABASE_PASSWORD": self.passwords[role]}

    def environment(self, role: str) -> dict[str, str]:
        """Return the environment of a role's process."""
        return (
            os.environ
            | self.database(role)
            | {
                "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
                "PROOF_KEYS": f"{KEY_ID}:{self.proof_key}",
                "FORM_SECRET": self.form_secret,
                "FACTOR_SECRET": self.factor_secret,
                "NOTICE_KEYS": f"{KEY_ID}:{self.notice_key}",
                "LOG_LEVEL": "warning",
            }
        )


@asynccontextmanager
async def stage() -> AsyncGenerator[Stage]:
    """Start servers in a folder of their own, migrate, make topics and positions; end and remove all of it after."""
    folder = Path(tempfile.mkdtemp(prefix="ecflink-bench-"))
    kafka = KafkaServer(home=_LIB, data_dir=folder / "kafka", log_path=folder / "kafka.log", heap_mb=1024)
    postgres = PostgresServer(
        home=_LIB, data_dir=folder / "postgres", log_path=folder / "postgres.log", password=secrets.token_hex(16)
    )
    try:
        with kafka, postgres:
            passwords = {name: secrets.token_hex(16) for name in (*SERVICES, READER)}
            made = Stage(kafka.bootstrap, postgres.owner_url, passwords, secrets.token_hex(32), folder)
            await migrate(made.owner_url, passwords)
            await notice_keys.store(made.owner_url, f"{KEY_ID}:{made.notice_key}")
            await create_topics(made.kafka, Shape(PARTITION_COUNT))
            await make_positions(made.owner_url, PARTITION_COUNT)
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def role(made: Stage, name: str, *arguments: str, **settings: str) -> AsyncGenerator[psutil.Process]:
    """Run a role as a process for the time of a block, ready when the block begins."""
    port = free_port()
    environment = made.environment(name) | settings | {"MANAGEMENT_PORT": str(port)}
    with (made.folder / f"{name}.log").open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.ops", name, *arguments, env=environment, stdout=output, stderr=output
        )
    try:
        await _ready(process, port, made.folder / f"{name}.log")
        yield psutil.Process(process.pid)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _ready(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_S_MAX
    while not await asyncio.to_thread(_answers, port):
        if process.returncode is not None or time.monotonic() > deadline:
            message = f"the role did not become ready:\n{log.read_text()[-3000:]}"
            raise RuntimeError(message)
        await asyncio.sleep(0.02)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
