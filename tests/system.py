"""The whole system against the back end's servers: auth, linker and notifier as real processes, on ports of their own.

The mail server is the test's own, so that a test can read what arrived and script how it answers.
"""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from services.ops.registry import packaged, publish
from services.ops.stack.embedded import DEMO_COURT
from services.ops.stack.ports import LOOPBACK, free_port
from services.ops.stack.roles import Role, run_once
from services.runtime.clock import now
from tests.backends.deployment import Deployment
from tests.backends.people import write_demo_people
from tests.backends.smtp import MailServer

SERVICES: Final = ("auth", "linker", "notifier")
_INHERITED: Final = ("PATH", "HOME", "LANG", "TMPDIR")
_PROOF_KEYS: Final = "test-1:" + "5f" * 32
_FORM_SECRET: Final = "form-secret-of-one-test-run-0123456789"
_FACTOR_SECRET: Final = "factor-secret-of-one-test-run-9876543210"
_NOTICE_KEYS: Final = "test-1:" + "6e" * 32


@dataclass(kw_only=True)
class System:
    """A `with` block around the running roles; `roles["linker"].kill()` and `.start()` are faults to try.

    The guard runs where a test starts it: `start("guard")`.
    """

    deployment: Deployment
    smtp: MailServer
    folder: Path
    http_port: int = field(default_factory=free_port)
    guard_port: int = field(default_factory=free_port)
    roles: dict[str, Role] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)
    """Settings of every role of this system, before all others."""

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://{LOOPBACK}:{self.http_port}"

    def env(self, role: str) -> dict[str, str]:
        """Return the environment of a role, or of an operator's commands (`owner`)."""
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        own = self._own() | (self._guard() if role == "guard" else {})
        return inherited | self.deployment.env("reader" if role == "guard" else role) | own | self.more

    def run(self, *arguments: str, role: str = "owner") -> None:
        """Run one `ecflink` command to its end. Raises StackFailed unless it ends with 0."""
        run_once(arguments[0], *arguments, env=self.env(role), log_path=self.folder / f"{arguments[0]}.log")

    def start(self, *names: str) -> None:
        """Start these roles, or all, and wait until they are ready."""
        for name in names or SERVICES:
            port = free_port()
            env = self.env(name) | {"MANAGEMENT_PORT": str(port)}
            log_path = self.folder / f"{name}.log"
            self.roles[name] = Role(name=name, arguments=[name], env=env, management_port=port, log_path=log_path)
            self.roles[name].prepare()
            self.roles[name].launch()
        for name in names or SERVICES:
            self.roles[name].wait_ready()

    def __enter__(self) -> Self:
        """Publish the courts, one of them live, write the demo people, start all roles.

        As `ecflink courts` and `ecflink accounts` do it, which have tests of their own; nobody is told of the go-live.
        """
        with ThreadPoolExecutor(1) as pool:  # of its own, as the test itself may be running in a loop
            pool.submit(asyncio.run, self._furnish()).result()
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End all roles."""
        self.stop()

    def stop(self) -> None:
        """End the roles that run, the last one first."""
        for role in reversed(self.roles.values()):
            role.stop()

    async def _furnish(self) -> None:
        courts = packaged()
        live = courts[DEMO_COURT].model_copy(update={"live_at": now().replace(microsecond=0)})
        await publish(self.deployment.kafka, (courts | {DEMO_COURT: live}).values())
        await write_demo_people(self.deployment.database)

    def _guard(self) -> dict[str, str]:
        return {"HTTP_PORT": str(self.guard_port), "STATE_PATH": str(self.folder / "guard"), "INSTANCE_ID": "test"}

    def _own(self) -> dict[str, str]:
        return {
            "PROOF_KEYS": _PROOF_KEYS,
            "FORM_SECRET": _FORM_SECRET,
            "FACTOR_SECRET": _FACTOR_SECRET,
            "NOTICE_KEYS": _NOTICE_KEYS,
            "HTTP_HOST": LOOPBACK,
            "HTTP_PORT": str(self.http_port),
            "PUBLIC_URL": self.url,
            "DEMO": "true",
            "MAIL_STAYS_HERE": "true",
            "SMTP_HOST": self.smtp.host,
            "SMTP_PORT": str(self.smtp.port),
            "SMTP_SECURITY": "none",
            "MAIL_FROM": "ecflink@example.org",
        }
