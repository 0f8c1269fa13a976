"""The services of the embedded stack as processes: each is `ecflink ROLE`, told everything by its environment.

One role is ready when its management port says so.
"""

import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Self

from services.ops.stack.ports import LOOPBACK
from services.ops.stack.process import Command, Process, StackFailed

_READY_S_MAX = 60.0
_STOP_S_MAX = 15.0
_ANSWER_S_MAX = 1.0
_ANSWER_BYTES_MAX = 2000
_COMMAND_S_MAX = 120.0


def ecflink(*arguments: str) -> list[str]:
    """Return the command line of the `ecflink` that belongs to this environment."""
    return [str(Path(sys.executable).with_name("ecflink")), *arguments]


@dataclass(kw_only=True)
class Role:
    name: str
    arguments: Sequence[str]
    env: Mapping[str, str]
    management_port: int
    log_path: Path
    process: Process = field(init=False)
    _answer: str = field(default="none", init=False)

    def prepare(self) -> None:
        command = Command(name=self.name, argv=ecflink(*self.arguments), env=self.env, log_path=self.log_path)
        self.process = Process(command=command)

    def launch(self) -> None:
        self.process.start()

    def wait_ready(self) -> None:
        try:
            self.process.wait_until(self.ready, timeout_s=_READY_S_MAX)
        except StackFailed as failed:
            raise StackFailed(f"{failed}\nIts last answer was: {self._answer}") from None

    def ready(self) -> bool:
        url = f"http://{LOOPBACK}:{self.management_port}/readyz"
        try:
            with urllib.request.urlopen(url, timeout=_ANSWER_S_MAX) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except urllib.error.HTTPError as refusal:
            with refusal:
                self._answer = refusal.read(_ANSWER_BYTES_MAX).decode(errors="replace")
        except OSError as error:
            self._answer = str(error)
        return False

    def stop(self) -> None:
        self.process.stop(timeout_s=_STOP_S_MAX)

    def kill(self) -> None:
        self.process.kill()

    def start(self) -> Self:
        self.prepare()
        self.launch()
        self.wait_ready()
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def run_once(name: str, *arguments: str, env: Mapping[str, str], log_path: Path) -> None:
    """Run one `ecflink` command to its end. Raises StackFailed with the end of its log unless it ends with 0."""
    process = Process(command=Command(name=name, argv=ecflink(*arguments), env=env, log_path=log_path))
    process.start()
    try:
        code = process.wait(timeout_s=_COMMAND_S_MAX)
    finally:
        process.kill()
    if code:
        raise StackFailed(f"`ecflink {' '.join(arguments)}` ended with code {code}.\n{process.log_tail()}")
