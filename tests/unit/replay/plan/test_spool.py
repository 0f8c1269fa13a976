"""The spool against what the remaker makes: nothing lost, order kept, whatever the number of workers."""

import errno
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.replay.outcome import Unusable
from services.replay.plan.choices import Choices
from services.replay.plan.playable import Playable
from services.replay.plan.spool import Spool, write_spool
from services.replay.plan.timeline import timeline
from services.replay.recording.record import Recorded
from tests.unit.replay.plan.recorded import FIRST_MS, START_MS, Held, choices, patient, plain, recorded, remaker

_RECORDS = st.lists(
    st.builds(
        lambda number, after_ms, swap: (
            recorded(number, after_ms=after_ms)
            if swap
            else recorded(number)._replace(timestamp_ms=-1, value=b'{"request_id":"%036d"}' % number)
        ),
        st.integers(0, 30),
        st.integers(0, 5_000),
        st.integers(0, 9).map(bool),
    ),
    min_size=1,
    max_size=25,
).map(lambda records: [record._replace(offset=offset) for offset, record in enumerate(records)])
_ASKED = st.fixed_dictionaries(
    {
        "ids": st.sampled_from(["mint", "keep"]),
        "times": st.sampled_from(["shift", "original", "now"]),
        "loops": st.integers(1, 3),
        "pace": st.sampled_from(
            [{"kind": "original", "speed": 2}, {"kind": "steady", "per_s": 7}, {"kind": "full-speed"}]
        ),
        "for_s": st.none() | st.floats(0.1, 3),
    }
)


def _spooled(records: list[Recorded], asked: Choices, folder: Path, workers: int = 2) -> tuple[Held, Spool]:
    held = Held(records, folder / "held.jsonl")
    made = remaker(asked, first_ms=Playable(held, asked).first_ms)
    return held, write_spool(folder / "spool", held, asked, made, workers)


@patient
@given(records=_RECORDS, asked=_ASKED, workers=st.integers(1, 8))
def test_spool_holds_what_the_remaker_makes(records: list[Recorded], asked: dict[str, Any], workers: int) -> None:
    with TemporaryDirectory() as name:
        held, spool = _spooled(records, choices(**asked), Path(name), workers)
        line = timeline(choices(**asked), Playable(held, choices(**asked)).times_ms())
        made = remaker(choices(**asked), first_ms=Playable(held, choices(**asked)).first_ms)
        made.loop_starts_s = line.loop_starts_s or [0.0]
        expected = []
        for place, instant in enumerate(line.instants.tolist()):
            loop, nth = divmod(place, line.count)
            out = made.made(records[nth if line.order is None else line.order[nth]], loop, instant)
            expected.append((place, out.topic, out.partition, out.timestamp_ms, out.key, out.value, out.headers))
        found = [ready for worker in range(workers) for ready in spool.reader(worker)]
    assert sorted(found) == expected


@patient
@given(records=_RECORDS, workers=st.integers(1, 8))
def test_order_of_each_key_is_the_files(records: list[Recorded], workers: int) -> None:
    with TemporaryDirectory() as name:
        _, spool = _spooled(records, choices(ids="keep"), Path(name), workers)
        found = defaultdict(list)
        for worker in range(workers):
            for ready in spool.reader(worker):
                found[ready[4]].append((worker, ready[5]))
    expected = defaultdict(list)
    for record in records:
        expected[record.key].append(record.value)
    assert {key: [value for _, value in sent] for key, sent in found.items()} == expected
    assert all(len({worker for worker, _ in sent}) == 1 for sent in found.values())


def test_arrays_are_by_place_in_the_timeline(tmp_path: Path) -> None:
    records = [recorded(number, after_ms=1_000 * number) for number in range(4)] + [recorded(9)._replace(value=None)]
    _, spool = _spooled(records, choices(), tmp_path)
    ready = spool.reader(spool.worker[1])[0]
    assert spool.count == 5
    assert spool.instants.tolist() == sorted(spool.instants.tolist())
    assert [bool(low) for low in spool.ids].count(False) == 1
    known = [each for each in spool.request_ids(np.arange(spool.count)) if each is not None]
    assert [each.int & (2**64 - 1) for each in known] == [int(low) for low in spool.ids if low]
    assert str(spool.request_ids(np.array([ready[0]]))[0]).encode() in (ready[5] or b"")


def test_worker_process_opens_the_same_spool(tmp_path: Path) -> None:
    _, spool = _spooled([recorded(number) for number in range(9)], choices(), tmp_path, workers=3)
    again = Spool.open(tmp_path / "spool")
    assert [list(again.reader(worker)) for worker in range(3)] == [list(spool.reader(worker)) for worker in range(3)]
    assert np.array_equal(again.worker, spool.worker)


def test_files_of_several_topics_and_gaps_are_played_by_time(tmp_path: Path) -> None:
    records = [plain(number) for number in (0, 4, 2)] + [plain(number, topic="other") for number in (1, 3)]
    asked = choices(topics={"orders": "orders", "other": "elsewhere"})
    _, spool = _spooled(records, asked, tmp_path, workers=1)
    assert [(ready[1], ready[5]) for ready in spool.reader(0)] == [
        ("orders", b'{"order":0}'),
        ("elsewhere", b'{"order":1}'),
        ("elsewhere", b'{"order":3}'),
        ("orders", b'{"order":4}'),
        ("orders", b'{"order":2}'),
    ]


def test_recording_without_a_mapped_topic_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"it holds: orders \(1\)"):
        _spooled([plain()], choices(), tmp_path)


def test_edited_recording_leaves_no_spool(tmp_path: Path) -> None:
    held = Held([recorded(number) for number in range(9)], tmp_path / "held.jsonl")
    path = tmp_path / "held.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Ejemplo", b"Exemple", 1))
    with pytest.raises(Unusable, match="was changed"):
        write_spool(tmp_path / "spool", held, choices(), remaker(choices()), 2)
    assert not list((tmp_path / "spool").iterdir())


def test_full_disk_is_told_and_leaves_no_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    held = Held([recorded()], tmp_path / "held.jsonl")
    monkeypatch.setattr(np, "save", full)
    with pytest.raises(Unusable, match="the disk is full; nothing was sent"):
        write_spool(tmp_path / "spool", held, choices(), remaker(choices()), 2)
    assert not list((tmp_path / "spool").iterdir())


def test_spool_is_removed_whole(tmp_path: Path) -> None:
    _, spool = _spooled([recorded()], choices(), tmp_path)
    spool.remove()
    assert not (tmp_path / "spool").exists()


def test_late_record_of_a_partition_takes_the_time_before_it(tmp_path: Path) -> None:
    held = Held([plain(0), plain(5), plain(2), plain(3, timestamp_ms=-1)], tmp_path / "held.jsonl")
    times = Playable(held, choices(topics={"orders": "orders"})).times_ms()
    assert (times - FIRST_MS).tolist() == [0, 500, 500, 500]


def test_first_played_record_is_brought_to_now_whatever_is_left_out(tmp_path: Path) -> None:
    earlier = plain(timestamp_ms=FIRST_MS - 3_600_000)
    held = Held([earlier, recorded(), recorded(1, after_ms=90)], tmp_path / "held.jsonl")
    made = remaker(choices(), first_ms=FIRST_MS - 3_600_000)
    spool = write_spool(tmp_path / "spool", held, choices(), made, 1)
    assert [ready[3] - START_MS for ready in spool.reader(0)] == [0, 90]
    assert b'"confirmed_at":"2026-03-03T08:30:00.090000Z"' in (spool.reader(0)[1][5] or b"")


def test_first_played_record_may_stand_in_a_partition_that_comes_later(tmp_path: Path) -> None:
    records = [recorded(0, after_ms=5_000), recorded(1)]
    assert records[0].partition != records[1].partition
    held = Held([plain(timestamp_ms=FIRST_MS - 1_000), *records], tmp_path / "held.jsonl")
    assert Playable(held, choices()).first_played_ms() == FIRST_MS


def test_memory_that_was_let_go_is_read_again(tmp_path: Path) -> None:
    _, spool = _spooled([recorded(number) for number in range(9)], choices(), tmp_path)
    reader = spool.reader(0)
    before = list(reader)
    reader.let_go()
    assert list(reader) == before
