"""A run's folder: whose it is, what it keeps when a run fails, and that nothing stays of one that sent nothing."""

from pathlib import Path

import numpy as np
import orjson
import pytest

from services.replay.measure.manifest import FILE_NAME
from services.replay.measure.timings import Timings
from services.replay.outcome import Unusable
from services.replay.plan.spool import write_spool
from services.replay.plan.spooled import Spool
from services.replay.run.laying import PLAN
from services.replay.run.sent import Sent
from services.replay.run.whole import make, salvaging, tidy
from tests.unit.replay.plan.recorded import Held, choices, recorded, remaker


def spool(folder: Path, *, workers: int = 1) -> Spool:
    held = Held([recorded(number) for number in range(12)], folder / "held.jsonl")
    return write_spool(folder / "spool", held, choices(), remaker(choices()), workers)


def failed(folder: Path, spool: Spool, *, begun: bool = True) -> None:
    """Let a run fail, as when a worker was killed."""
    timings = Timings(np.array(spool.instants), spool.ids)
    if begun:
        timings.begin(100.0)
    with pytest.raises(Unusable, match="worker 0"), salvaging(folder, timings, spool):
        raise Unusable("worker 0 ended with code -9")


def lines(folder: Path) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in (folder / FILE_NAME).read_bytes().splitlines()]


def test_a_run_that_fails_leaves_what_was_sent(tmp_path: Path) -> None:
    there = spool(tmp_path)
    sent = Sent(np.arange(12, dtype=np.uint32))
    sent.hand(0, 5, 100.0)
    sent.acknowledge([0, 1], 70, 100.1)
    sent.save(tmp_path, 0)
    failed(tmp_path, there)
    assert [(line["acknowledged"], line["offset"]) for line in lines(tmp_path)] == [
        *((True, 70), (True, 71)),
        *((False, -1), (False, -1), (False, -1)),
    ]


def test_all_that_a_killed_worker_had_counts_as_unknown(tmp_path: Path) -> None:
    there = spool(tmp_path, workers=2)
    Sent(np.arange(len(there.reader(1)), dtype=np.uint32)).save(tmp_path, 1)
    failed(tmp_path, there)
    assert [line["acknowledged"] for line in lines(tmp_path)] == [False] * len(there.reader(0))


def test_a_run_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    make(folder)
    failed(folder, spool(tmp_path), begun=False)
    (folder / PLAN).touch()
    (folder / "walks-0.jsonl").touch()
    tidy(folder)
    assert not folder.exists()


def test_a_folder_that_is_made_is_its_makers_alone(tmp_path: Path) -> None:
    make(tmp_path / "run")
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_a_spool_is_its_makers_alone(tmp_path: Path) -> None:
    assert spool(tmp_path).folder.stat().st_mode & 0o777 == 0o700
