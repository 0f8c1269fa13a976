"""What a worker leaves: its file, once it was begun."""

import logging
from pathlib import Path

import pytest

from services.replay.plan.spool import write_spool
from services.replay.run.job import Job
from services.replay.run.worker import Worker
from tests.unit.replay.plan.recorded import Held, choices, recorded, remaker


def worker(folder: Path) -> Worker:
    spool = write_spool(folder / "spool", Held([recorded()], folder / "held.jsonl"), choices(), remaker(choices()), 1)
    return Worker(Job(profile=folder / "replay.toml", spool=spool.folder, folder=folder), 0, spool)


@pytest.mark.parametrize("begun", [True, False], ids=["begun", "not begun"])
def test_a_worker_that_never_began_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begun: bool,  # noqa: FBT001 - a table
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])  # a worker takes them over
    made = worker(tmp_path)
    made.begun = begun
    made.keep()
    assert (tmp_path / "sent-0.npz").exists() is begun
