"""Ctrl-C before the beginning: nothing begins."""

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest

from services.replay.measure.stages import Stage
from services.replay.measure.timings import Timings
from services.replay.measure.windows import Limits
from services.replay.run.course import Run
from services.replay.run.workers import Workers
from services.runtime.settings import KafkaSettings

SETTINGS = KafkaSettings(kafka_bootstrap_servers="kafka.example.org:9092")


async def test_a_stop_while_workers_connect_ends_the_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "job.json")  # a worker waits here for as long as nobody writes
    timings = Timings(np.zeros(1), np.ones(1, dtype=np.uint64))
    run = Run(timings, Limits(last=Stage.ACKNOWLEDGED), tmp_path)
    playing = asyncio.create_task(run.play(SETTINGS, tmp_path / "job.json", workers=1, look=lambda _: None))
    await asyncio.sleep(0)
    run.stop()
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert np.isnan(timings.start_s)


async def test_a_worker_does_not_hear_the_terminals_ctrl_c(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "job.json")
    process = await Workers(tmp_path / "job.json", 1)._started(0)  # noqa: SLF001 - whole, it waits for the connection
    session = os.getsid(process.pid)
    process.kill()
    await process.communicate()
    assert session == process.pid
