"""Several processes of one role under one parent: started, watched, started again with growing delay, ended together.

The parent's management port speaks for all: live and ready only when every child is, with their numbers side by side.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Final
from urllib.request import urlopen

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from services.runtime.faults import Halt
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.orphans import die_with_parent
from services.runtime.process import EXIT_HALTED, run
from services.runtime.rehearsal import RehearsalSettings
from services.runtime.settings import RoleSettings

PROCESS_COUNT_MAX: Final = 64
_RESTART_DELAY_S_MIN: Final = 0.5
_RESTART_DELAY_S_MAX: Final = 30.0
_PROBE_S: Final = 1.0
_PROBE_TIMEOUT_S: Final = 2.0
_END_S_MAX: Final = 20.0


class Child:
    """One process of the fleet: its command, its management port, and what its last probe said."""

    def __init__(self, role: str, number: int, port: int) -> None:
        self.name = f"{role} {number}"
        self.url = f"http://127.0.0.1:{port}"
        self._argv = [sys.executable, "-P", "-m", "services.ops", role]
        self._environment = os.environ | {
            "MANAGEMENT_HOST": "127.0.0.1",
            "MANAGEMENT_PORT": str(port),
            "INSTANCE_ID": f"{os.environ.get('INSTANCE_ID') or os.uname().nodename}-{number}",
        }
        self.number = number
        self.metrics = ""

    async def run(self, health: Health) -> None:
        """Keep the process running until cancelled. Raises Halt when it halted: its log names the cause."""
        delay_s = _RESTART_DELAY_S_MIN
        while True:
            process = await asyncio.create_subprocess_exec(
                *self._argv, env=self._environment, preexec_fn=die_with_parent(signal.SIGKILL)
            )
            log.info("child.started", child=self.name, pid=process.pid)
            try:
                code = await process.wait()
            finally:
                await _end(process)
            if code == EXIT_HALTED:
                raise Halt(f"{self.name} halted; its log names the cause")
            health.waiting(self.name, f"ended with code {code}, starting again in {delay_s:g} s")
            log.error("child.ended", child=self.name, code=code, restart_s=delay_s)
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, _RESTART_DELAY_S_MAX)

    async def probe(self, health: Health) -> None:
        """Ask the process for its health and numbers until cancelled; its progress is ours."""
        while True:
            if await asyncio.to_thread(_get, self.url + "/livez") is not None:
                health.beat(self.name)
            numbers = await asyncio.to_thread(_get, self.url + "/metrics")
            self.metrics = numbers or ""
            if await asyncio.to_thread(_get, self.url + "/readyz") is not None:
                health.ready(self.name)
            else:
                health.waiting(self.name, f"not ready, see {self.url}/readyz")
            await asyncio.sleep(_PROBE_S)


class FleetCollector:
    """Shows the children's numbers under the parent's /metrics, each with the label `process`."""

    def __init__(self, children: list[Child]) -> None:
        self._children = children

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for child in self._children:
            for family in text_string_to_metric_families(child.metrics):
                merged = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                for sample in family.samples:
                    labels = sample.labels | {"process": str(child.number)}
                    merged.add_sample(sample.name, labels, sample.value)
        yield from families.values()


def run_fleet(role: str, settings: RoleSettings, count: int) -> int:
    """Run `count` processes of a role until told to stop. Returns the exit code as `process.run` does."""
    if count > PROCESS_COUNT_MAX:
        raise Halt(f"--processes {count}: {PROCESS_COUNT_MAX} is the most")
    children = [Child(role, number, _free_port()) for number in range(1, count + 1)]
    parts = [child.name for child in children]

    async def watch(health: Health) -> None:
        health.rehearsal = settings.rehearsal if isinstance(settings, RehearsalSettings) else None
        await _watch(children, health)

    return run(f"{role}-fleet", settings, watch, parts=parts)


async def _watch(children: list[Child], health: Health) -> None:
    health.registry.register(FleetCollector(children))
    async with asyncio.TaskGroup() as tasks:
        for child in children:
            tasks.create_task(child.run(health))
            tasks.create_task(child.probe(health))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(_END_S_MAX):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _get(url: str) -> str | None:
    try:
        with urlopen(url, timeout=_PROBE_TIMEOUT_S) as answer:  # noqa: S310 - our own loopback port
            text: str = answer.read().decode()
            return text
    except OSError:
        return None
