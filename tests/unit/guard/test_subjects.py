"""Subjects never hold more than their bound, whatever comes: the one that failed longest ago goes first."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from services.auth.guard.marks import Place
from services.auth.guard.packed import packed
from services.auth.guard.subjects import Bound, Subjects
from services.auth.guard.windows import ACCOUNT_COUNT_MAX, Window

BOUND = Bound(subjects=5, cells=15)
FAILURES = st.lists(
    st.tuples(st.sampled_from("abcdefghij"), st.integers(0, 9), st.integers(0, 30), st.booleans()), max_size=200
)


def cells(subjects: Subjects) -> int:
    return sum(window.cells for window in subjects.values())


def fail(subjects: Subjects, name: str, place: Place, minute: int, account: int) -> list[str]:
    subjects.touch(name).add(place, minute, 1, account)
    return subjects.weigh(name)


@given(FAILURES)
def test_bound_holds_after_every_failure(failures: list[tuple[str, int, int, bool]]) -> None:
    subjects = Subjects(BOUND)
    for offset, (name, minute, account, swept) in enumerate(failures):
        fail(subjects, name, Place(0, offset), minute, account)
        if swept and name in subjects:
            subjects[name].forget_before(minute)
            subjects.weigh(name)
        assert len(subjects) <= BOUND.subjects
        assert cells(subjects) <= BOUND.cells


@given(FAILURES)
def test_bound_holds_when_recalled(failures: list[tuple[str, int, int, bool]]) -> None:
    windows: dict[str, Window] = {}
    for offset, (name, minute, account, _) in enumerate(failures):
        windows.setdefault(name, Window()).add(Place(0, offset), minute, 1, account)
    subjects = Subjects(BOUND)
    gone = subjects.recall(windows.items())
    assert (len(subjects) <= BOUND.subjects, cells(subjects) <= BOUND.cells) == (True, True)
    assert sorted([*gone, *subjects]) == sorted(windows)
    assert all(windows[name].newest <= window.newest for name in gone for window in subjects.values())


def test_one_that_holds_much_makes_the_oldest_go() -> None:
    subjects = Subjects(Bound(subjects=10, cells=ACCOUNT_COUNT_MAX))
    for offset, name in enumerate("abc"):
        fail(subjects, name, Place(0, offset), 0, 0)
    gone = [name for account in range(57) for name in fail(subjects, "c", Place(0, 10 + account), 0, account)]
    assert (gone, list(subjects)) == (["a"], ["b", "c"])


def test_what_is_stored_takes_no_more_memory_than_it_has() -> None:
    tracemalloc.start()
    try:
        held = [packed({"f": [[1, 2]]}) for _ in range(100)]
        taken_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held[0] == b'{"f":[[1,2]]}'
    assert taken_bytes < 100 * 1024
