"""The books of the walks: learned while they are written, and what measurement and audit make of them."""

from pathlib import Path
from uuid import UUID

import numpy as np
import orjson

from services.replay.front_door.manifest import write_walked
from services.replay.front_door.timings import WalkTimings
from services.replay.front_door.walked import Book, Reader
from services.replay.measure.stages import Stage

GIVEN = UUID("01980000-0000-7000-8000-00000000abcd")
LOW = np.uint64(GIVEN.int & 0xFFFF_FFFF_FFFF_FFFF)


def timings(folder: Path) -> WalkTimings:
    made = WalkTimings(np.array([0.0, 1.0]), np.array([11, 12], dtype=np.uint64), folder)
    made.begin(100.0)
    made.handed[:] = 100.0
    return made


def test_half_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path, reader = tmp_path / "walks-0.jsonl", Reader(tmp_path)
    path.write_bytes(b'{"index":1}\n{"ind')
    assert list(reader.new()) == [{"index": 1}]
    with path.open("ab") as file:
        file.write(b'ex":2}\n')
    assert list(reader.new()) == [{"index": 2}]


def test_transaction_counts_for_the_walk_that_learned_its_id(tmp_path: Path) -> None:
    measured = timings(tmp_path)
    with Book(tmp_path, 0) as book:
        book.asked(1, GIVEN, "UTBK:1000001")
    measured.mark(Stage.COMMITTED, np.array([LOW]), np.array([101.5]))
    assert measured.at[Stage.COMMITTED][1] == 101.5
    assert np.isnan(measured.at[Stage.COMMITTED][0])


def test_ids_of_the_timeline_are_nobodys(tmp_path: Path) -> None:
    measured = timings(tmp_path)
    assert not len(measured.mark(Stage.COMMITTED, np.array([11], dtype=np.uint64), np.array([101.5])).places)


def test_nothing_is_awaited_of_a_walk_that_auth_refused(tmp_path: Path) -> None:
    measured = timings(tmp_path)
    assert measured.awaited(Stage.COMMITTED) == 2
    with Book(tmp_path, 0) as book:
        book.refused(0, "already linked")
    assert measured.awaited(Stage.COMMITTED) == 1


def test_manifest_has_what_was_asked_and_says_what_was_received(tmp_path: Path) -> None:
    with Book(tmp_path, 0) as book:
        book.asked(4, GIVEN, "UTBK:1000001")
        book.received(4)
        book.asked(3, UUID(int=7), "UTBK:1000002")
        book.stopped(3, "no answer")
    lines = [orjson.loads(line) for line in write_walked(tmp_path).read_bytes().splitlines()]
    assert [(line["index"], line["acknowledged"]) for line in lines] == [(3, False), (4, True)]
    assert lines[1]["request_id"] == str(GIVEN)
