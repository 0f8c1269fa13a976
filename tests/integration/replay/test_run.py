"""`ecflink replay run` against real servers and services: what it sends, measures, audits, and how it ends."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
import pytest

from services.ops.stack.ports import LOOPBACK, free_port
from services.replay.measure.results import RunResult, load_result
from services.replay.measure.stages import Stage
from services.replay.profile.cluster import look_at_cluster
from services.runtime.settings import KafkaSettings
from tests.backends.deployment import Deployment
from tests.backends.servers import Server
from tests.backends.smtp import MailServer
from tests.integration.replay.playing import REHEARSAL, Reached, profile_of, recorded, requests
from tests.linking.fixtures import stage
from tests.linking.stage import Stage as Linking
from tests.system import System

__all__ = ["stage"]

RUN_S_MAX: Final = 100.0
SENT_COUNT: Final = 20


@dataclass(frozen=True)
class Ran:
    """A run that has ended."""

    code: int
    said: str
    folder: Path

    @property
    def result(self) -> RunResult:
        return load_result(self.folder)


@dataclass
class Replaying:
    """The command in a folder, with a profile."""

    folder: Path
    profile: Path

    def start(self, numbers: Iterable[int], *options: str, gap_ms: int = 10) -> subprocess.Popen[str]:
        path = self.folder / "recording.jsonl"
        if not path.exists():
            recorded(path, list(requests(numbers, gap_ms=gap_ms)))
        argv = [sys.executable, "-m", "services.ops", "replay", "run", str(path), "--profile", str(self.profile)]
        argv += [
            "-o",
            str(self.folder / "results"),
            "--yes",
            *(() if "--slo" in options else self._patient()),
            *options,
        ]
        return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ)

    def ended(self, process: subprocess.Popen[str]) -> Ran:
        said, _ = process.communicate(timeout=RUN_S_MAX)
        return Ran(process.returncode, said, self.folder / "results")

    def run(self, numbers: Iterable[int], *options: str, gap_ms: int = 10) -> Ran:
        return self.ended(self.start(numbers, *options, gap_ms=gap_ms))

    async def sending(self, process: subprocess.Popen[str]) -> None:
        """Return when a run with --json has sent some records."""
        assert process.stdout is not None
        sent = 0
        while sent < SENT_COUNT and process.poll() is None:
            line = await asyncio.to_thread(process.stdout.readline)
            sent = orjson.loads(line)["sent"] if line.startswith("{") else 0

    def _patient(self) -> tuple[str, ...]:
        """Judge no generator by the machine that the tests run on."""
        slo = self.folder / "patient.toml"
        slo.write_text('generator_budget = "1m"\n')
        return "--slo", str(slo)


@pytest.fixture
async def cluster_id(topics: KafkaSettings) -> str:
    return (await look_at_cluster(topics)).cluster_id


@pytest.fixture
async def linking(stage: Linking, deployment: Deployment, cluster_id: str, tmp_path: Path) -> Replaying:
    """A running linker, without a notifier."""
    stage.start(**REHEARSAL, REHEARSAL_MAIL="real")
    await stage.logged("role.started")
    reached = Reached(cluster_ids=(cluster_id,), ledger=deployment)
    return Replaying(tmp_path, profile_of(deployment.kafka, tmp_path, reached))


async def test_a_smoke_run_passes(deployment: Deployment, smtp: MailServer, cluster_id: str, tmp_path: Path) -> None:
    reached = Reached(cluster_ids=(cluster_id,), ledger=deployment, mailbox=smtp.maildir.folder)
    replaying = Replaying(tmp_path, profile_of(deployment.kafka, tmp_path, reached))
    sink = {"SINK_SMTP_HOST": smtp.host, "SINK_SMTP_PORT": str(smtp.port), "SMTP_IS_SINK": "true"}
    with System(deployment=deployment, smtp=smtp, folder=tmp_path, more=REHEARSAL | sink):
        ran = await asyncio.to_thread(replaying.run, range(120))
    assert ran.code == 0, ran.said
    result = ran.result
    assert (result.audit.outcome, result.counts.failed) == ("clean", 0)
    assert [result.stages[stage].count for stage in Stage] == [120, 120, 120]
    assert len((ran.folder / "sent.jsonl").read_bytes().splitlines()) == 120
    assert not (ran.folder / "spool").exists()


@pytest.mark.thorough
async def test_loops_are_linked_once(linking: Replaying) -> None:
    options = ("--wait-for", "committed", "--loops", "2", "--ids", "keep", "--rate", "200")
    ran = await asyncio.to_thread(linking.run, range(100), *options)
    assert ran.code == 0, ran.said
    assert (ran.result.counts.committed, ran.result.counts.repeats) == (100, 100)


@pytest.mark.thorough
@pytest.mark.faults
async def test_interrupted_runs_keep_what_was_sent(linking: Replaying) -> None:
    process = linking.start(range(2000), "--wait-for", "committed", "--json", gap_ms=50)
    await linking.sending(process)
    process.send_signal(signal.SIGINT)
    ran = await asyncio.to_thread(linking.ended, process)
    result = ran.result
    assert ran.code == 130, ran.said
    assert 0 < result.stages[Stage.COMMITTED].count < 2000
    assert (result.audit.outcome, result.verdict.passed) == ("clean", False)


@pytest.mark.thorough
@pytest.mark.faults
async def test_a_broker_that_comes_back_costs_time_and_no_request(linking: Replaying, kafka_server: Server) -> None:
    process = linking.start(range(600), "--wait-for", "committed", "--json", gap_ms=20)
    await linking.sending(process)
    kafka_server.kill()
    await asyncio.sleep(3)
    kafka_server.resume()
    ran = await asyncio.to_thread(linking.ended, process)
    result = ran.result
    assert (result.audit.outcome, result.stages[Stage.COMMITTED].count) == ("clean", 600), ran.said
    assert result.stages[Stage.COMMITTED].percentiles["max"].ms > 2000


@pytest.mark.thorough
@pytest.mark.faults
async def test_a_broker_that_stays_away_ends_the_run_with_its_own_code(
    linking: Replaying, kafka_server: Server
) -> None:
    process = linking.start(range(300), "--wait-for", "committed", "--drain", "20", "--json", gap_ms=20)
    await linking.sending(process)
    kafka_server.kill()
    try:
        ran = await asyncio.to_thread(linking.ended, process)
    finally:
        kafka_server.resume()
    assert ran.code == 4, ran.said
    assert ran.result.counts.failed > 0


@pytest.mark.thorough
async def test_an_aborted_run_says_which_condition(linking: Replaying) -> None:
    options = ("--wait-for", "committed", "--abort-on", "in_flight < 1000000 for 1s")
    ran = await asyncio.to_thread(linking.run, range(2000), *options, gap_ms=50)
    assert ran.code == 2, ran.said
    assert ran.result.aborted == "--abort-on in_flight < 1000000 for 1s"


@pytest.mark.thorough
async def test_a_generator_that_cannot_keep_up_does_not_pass(linking: Replaying) -> None:
    slo = linking.folder / "slo.toml"
    slo.write_text('generator_budget = "0.001ms"\n')
    ran = await asyncio.to_thread(linking.run, range(100), "--wait-for", "committed", "--slo", str(slo))
    assert ran.code == 5, ran.said


@pytest.mark.thorough
async def test_a_linker_that_stands_still_shows_in_the_percentiles(linking: Replaying, stage: Linking) -> None:
    process = linking.start(range(400), "--wait-for", "committed", "--json", gap_ms=20)
    await linking.sending(process)
    linker = stage.processes[0]
    linker.send_signal(signal.SIGSTOP)
    await asyncio.sleep(3)
    linker.send_signal(signal.SIGCONT)
    ran = await asyncio.to_thread(linking.ended, process)
    found = ran.result.stages[Stage.COMMITTED].percentiles
    assert ran.result.audit.outcome == "clean", ran.said
    # Open loop: a third of the requests came due while it stood, not just the one that was waited for.
    assert found["p90"].ms > 1000


async def test_another_cluster_is_refused(topics: KafkaSettings, tmp_path: Path) -> None:
    replaying = Replaying(tmp_path, profile_of(topics, tmp_path, Reached(cluster_ids=("another",))))
    ran = await asyncio.to_thread(replaying.run, range(3))
    assert ran.code == 1
    assert "--confirm-cluster" in ran.said
    assert not ran.folder.exists()


async def test_a_linker_that_does_not_rehearse_is_noticed_before(
    stage: Linking, deployment: Deployment, cluster_id: str, tmp_path: Path
) -> None:
    port = free_port()
    stage.start(MANAGEMENT_PORT=str(port))
    await stage.logged("role.started")
    reached = Reached(cluster_ids=(cluster_id,), readyz=f"http://{LOOPBACK}:{port}/readyz")
    ran = await asyncio.to_thread(Replaying(tmp_path, profile_of(deployment.kafka, tmp_path, reached)).run, range(3))
    assert (ran.code, "rehearsal mode is off" in ran.said) == (1, True), ran.said


@pytest.mark.thorough
async def test_full_speed_counts_from_the_handing_over(linking: Replaying) -> None:
    ran = await asyncio.to_thread(linking.run, range(1000), "--wait-for", "committed", "--full-speed")
    assert ran.code == 0, ran.said
    assert ran.result.conditions.latency_from == "handed"


async def test_json_ends_with_the_result(linking: Replaying) -> None:
    ran = await asyncio.to_thread(linking.run, range(50), "--wait-for", "committed", "--json")
    last = ran.said.splitlines()[-1]
    assert RunResult.model_validate(orjson.loads(last)) == ran.result
