"""Times moved, as text and as the record's own."""

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.replay.plan.forms import rows_of, texts_in
from services.replay.plan.moving import EXACT_LENGTH, Choice, Mover, move_each, shift_ms, stamp_ms, stamps_ms
from tests.unit.replay.plan.recorded import patient


@pytest.mark.parametrize(
    "text, expected",
    [
        (b"2026-03-02T08:30:00Z", b"2026-03-02T08:30:07Z"),
        (b"2026-12-31T23:59:59.123456Z", b"2027-01-01T00:00:06.123456Z"),
        (b"2026-03-02T08:30:00.5+01:00", b"2026-03-02T08:30:07.5+01:00"),
    ],
    ids=["whole", "new-year", "offset"],
)
def test_whole_seconds_leave_the_rest_as_it_stands(text: bytes, expected: bytes) -> None:
    mover = Mover(7_000)
    assert mover.value(text) == expected
    assert mover.header(text) == expected


def test_part_of_a_second_is_written_as_the_contract_writes_it() -> None:
    mover = Mover(1_500)
    assert mover.value(b"2026-03-02T08:30:00.500000Z") == b"2026-03-02T08:30:02Z"
    assert mover.header(b"2026-03-02T08:30:00.500000Z") == b"2026-03-02T08:30:02.000000Z"


@pytest.mark.parametrize(
    "text", [b"", b"noon", b"9999-12-31T23:59:59Z", b"\xff"], ids=["none", "word", "last", "bytes"]
)
def test_what_is_no_time_is_refused(text: bytes) -> None:
    assert Mover(7_000).value(text) is None
    assert Mover(7_001).value(text) is None


def test_shift_is_whole_seconds_and_never_ahead() -> None:
    assert shift_ms(1_000_900, 2_000_100) == 999_000
    assert shift_ms(2_000_100, 1_000_900) == -1_000_000


def test_shifted_record_is_never_ahead_of_its_sending() -> None:
    assert stamp_ms("shift", 10_000, 5_000, 12_000) == 12_000
    assert stamp_ms("shift", 10_000, 5_000, 20_000) == 15_000


_MS = st.integers(-1, 2**42)


@patient
@given(choice=st.sampled_from(["shift", "original", "now"]), rows=st.lists(st.tuples(_MS, _MS, _MS), min_size=1))
def test_many_stamps_are_as_one(choice: Choice, rows: list[tuple[int, int, int]]) -> None:
    columns = np.array(rows, np.int64).T
    assert stamps_ms(choice, *columns).tolist() == [stamp_ms(choice, *row) for row in rows]


_MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))  # noqa: DTZ001 - written as UTC


@patient
@given(moments=st.lists(st.tuples(_MOMENTS, st.integers(-(10**15), 10**15)), min_size=1, max_size=5))
def test_many_moved_each_by_its_own_are_those_of_one_by_one(moments: list[tuple[datetime, int]]) -> None:
    texts = [f"{moment.isoformat(timespec='microseconds')}Z".encode() for moment, _ in moments]
    rows, columns = rows_of(texts, EXACT_LENGTH).copy(), slice(0, EXACT_LENGTH)
    flags = move_each(rows, columns, np.array([distance_ms for _, distance_ms in moments]))
    alone = [Mover(distance_ms)._exact(text, "auto") for text, (_, distance_ms) in zip(texts, moments, strict=True)]  # noqa: SLF001 - without what it remembers
    assert flags.tolist() == [text is not None and len(text) == EXACT_LENGTH for text in alone]
    assert all(new == text for new, text, fits in zip(texts_in(rows, columns), alone, flags, strict=True) if fits)


def test_many_of_which_one_is_no_time_are_left_to_the_long_way() -> None:
    rows = rows_of([b"2026-03-02T08:30:00.123456Z", b"2026-13-02T08:30:00.123456Z"], EXACT_LENGTH).copy()
    assert move_each(rows, slice(0, EXACT_LENGTH), np.array([1, 1])).tolist() == [False, False]
