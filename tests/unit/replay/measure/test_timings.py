"""Timings: who is marked by which id, what a repeat is, and what a worker leaves."""

from pathlib import Path

import numpy as np
import pytest

from services.replay.measure.stages import Stage
from services.replay.measure.timings import Timings
from services.replay.outcome import Unusable


def ids(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array(numbers, dtype=np.uint64)


def timings(*numbers: int) -> Timings:
    return Timings(np.arange(len(numbers), dtype=np.float64), ids(*numbers))


def test_first_word_on_a_request_stands() -> None:
    run = timings(30, 10, 20)
    run.mark(Stage.COMMITTED, ids(10, 10), np.array([5.0, 6.0]))
    run.mark(Stage.COMMITTED, ids(10, 30), np.array([7.0, 8.0]))
    assert run.at[Stage.COMMITTED][:2].tolist() == [8.0, 5.0]
    assert run.copies[Stage.COMMITTED] == 2


def test_requests_of_others_are_passed_over() -> None:
    run = timings(30, 10)
    marked = run.mark(Stage.COMMITTED, ids(99, 5, 30, 2**64 - 1), np.arange(4.0))
    assert (marked.places.tolist(), marked.rows.tolist()) == ([0], [2])


def test_second_of_an_id_is_a_repeat_and_the_first_is_marked() -> None:
    run = timings(7, 8, 7, 0, 0)
    run.mark(Stage.MAILED, ids(7, 0), np.array([1.0, 2.0]))
    assert run.repeats.tolist() == [False, False, True, False, False]
    assert np.flatnonzero(~np.isnan(run.at[Stage.MAILED])).tolist() == [0]


def test_what_is_awaited_was_handed_over_and_can_have_an_effect() -> None:
    run = timings(7, 8, 7, 9)
    run.handed[:3] = 1.0
    run.mark(Stage.COMMITTED, ids(8), np.array([2.0]))
    assert run.awaited(Stage.COMMITTED) == 1


def test_nothing_is_awaited_of_what_the_broker_refused(tmp_path: Path) -> None:
    run = timings(7, 8)
    np.savez(tmp_path / "sent-0.npz", index=[0, 1], handed_s=[1.0, 1.0], acknowledged_s=[2.0, np.nan])
    run.take_sent(tmp_path)
    assert run.awaited(Stage.COMMITTED) == 1


def test_files_of_all_workers_are_taken(tmp_path: Path) -> None:
    run = timings(7, 8, 9)
    for worker, index in enumerate(([0, 2], [1])):
        sent = np.array(index, dtype=np.uint32)
        np.savez(tmp_path / f"sent-{worker}.npz", index=sent, handed_s=sent * 1.0, acknowledged_s=sent * 2.0)
    assert run.take_sent(tmp_path) == 3
    assert run.at[Stage.ACKNOWLEDGED].tolist() == [0.0, 2.0, 4.0]


def test_half_a_file_of_a_worker_is_named(tmp_path: Path) -> None:
    (tmp_path / "sent-0.npz").write_bytes(b"PK\x03\x04 half")
    with pytest.raises(Unusable, match="not what a worker leaves"):
        timings(7).take_sent(tmp_path)
