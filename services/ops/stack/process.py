"""One child process of the embedded stack: started in a session of its own, its output in one log file.

It never outlives whoever started it: the kernel signals it when that process ends, however it ends (Linux; elsewhere
only an orderly end is covered). What the child does is no concern of this file.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from services.ops.stack.privileges import Account
from services.runtime.faults import Halt
from services.runtime.orphans import die_with_parent

_KILL_WAIT_S = 10.0
_LOG_TAIL_BYTES = 4000
_LOG_BYTES_MAX = 20_000_000


class StackFailed(Halt):
    """A part of the embedded stack did not start. The message says which, why, and where its log is."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to run. `account` runs it as another user (only root may); `orphan_signal` is what it gets if we die."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log_path: Path
    directory: Path | None = None
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL


@dataclass(kw_only=True)
class Process:
    command: Command
    _popen: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it; must be called from the main thread, as the kernel's signal is tied to the thread that forks."""
        command = self.command
        _make_room(command.log_path)
        with command.log_path.open("ab") as log:
            self._popen = subprocess.Popen(
                command.argv,
                env=dict(command.env),
                cwd=command.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=command.account and command.account.user_id,
                group=command.account and command.account.group_id,
                extra_groups=command.account and (),
                preexec_fn=die_with_parent(command.orphan_signal),  # noqa: PLW1509 - two system calls, no lock, no import
            )

    @property
    def pid(self) -> int:
        assert self._popen is not None, f"{self.command.name} was never started"
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number if a signal ended it."""
        assert self._popen is not None, f"{self.command.name} was never started"
        return self._popen.poll()

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def stop(self, *, timeout_s: float) -> None:
        """End it in order; whatever is left of its process group after `timeout_s` is killed."""
        if self._popen is None:
            return
        if self.running:
            self._popen.send_signal(self.command.stop_signal)
            try:
                self._popen.wait(timeout_s)
            except subprocess.TimeoutExpired:
                sys.stderr.write(f"{self.command.name} did not end within {timeout_s:.0f} s and was killed\n")
        self.kill()

    def wait(self, *, timeout_s: float) -> int:
        """Wait for its end and return its exit code. Raises subprocess.TimeoutExpired."""
        assert self._popen is not None, f"{self.command.name} was never started"
        return self._popen.wait(timeout_s)

    def kill(self) -> None:
        """SIGKILL the whole process group, as a fault would, and wait for the end."""
        if self._popen is None:
            return
        with suppress(ProcessLookupError):  # nothing is left of it
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait(_KILL_WAIT_S)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process alone, for example SIGSTOP."""
        os.kill(self.pid, number)

    def wait_until(self, ready: Callable[[], bool], *, timeout_s: float, poll_s: float = 0.05) -> None:
        """Return when `ready()` is true; raise StackFailed with the end of the log when it ends or takes too long."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            if not self.running:
                raise StackFailed(f"{self.command.name} ended with code {self.exit_code}.\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise StackFailed(f"{self.command.name} was not ready after {timeout_s:.0f} s.\n{self.log_tail()}")
            time.sleep(poll_s)

    def log_tail(self) -> str:
        path = self.command.log_path
        text = path.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace") if path.exists() else ""
        return f"The end of {path}:\n{text}"


def _make_room(log_path: Path) -> None:
    """Put a log that has grown aside, in place of the one put aside before."""
    log_path.parent.mkdir(parents=True, exist_ok=True)
    if log_path.exists() and log_path.stat().st_size > _LOG_BYTES_MAX:
        log_path.replace(log_path.with_suffix(".log.1"))


def runs(pid: int) -> bool:
    """Whether a process does anything still; one that ended and that nobody has asked after does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
