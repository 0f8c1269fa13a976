"""Windows against a naive recount, and what is stored of them."""

from hypothesis import given
from hypothesis import strategies as st

from services.auth.guard.marks import Place
from services.auth.guard.windows import Throttle, Window
from services.contract.throttles import ThrottleReason

MINUTES = st.integers(29_000_000, 29_000_012)
FAILURES = st.lists(st.tuples(MINUTES, st.integers(1, 5), st.integers(0, 9)), max_size=60)


def filled(failures: list[tuple[int, int, int]]) -> Window:
    window = Window()
    for offset, (minute, count, account) in enumerate(failures):
        window.add(Place(0, offset), minute, count, account)
    return window


@given(FAILURES, MINUTES, MINUTES)
def test_sums_are_those_of_a_naive_count(failures: list[tuple[int, int, int]], first: int, last: int) -> None:
    window = filled(failures)
    inside = [(count, account) for minute, count, account in failures if first <= minute <= last]
    assert window.failures_between(first, last) == sum(count for count, _ in inside)
    assert window.accounts_between(first, last) == len({account for _, account in inside})


@given(FAILURES, st.integers(0, 60))
def test_what_comes_again_is_not_counted_again(failures: list[tuple[int, int, int]], again: int) -> None:
    window = filled(failures)
    before = window.encode()
    for offset, (minute, count, account) in enumerate(failures[:again]):
        assert not window.add(Place(0, offset), minute, count, account)
    assert window.encode() == before


@given(FAILURES, MINUTES)
def test_old_minutes_are_forgotten_and_no_others(failures: list[tuple[int, int, int]], first: int) -> None:
    window = filled(failures)
    window.forget_before(first)
    kept = filled([each for each in failures if each[0] >= first])
    assert (window.failures, window.accounts) == (kept.failures, kept.accounts)


@given(FAILURES, st.none() | st.builds(Throttle, st.sampled_from(ThrottleReason), *[st.integers(0, 2**40)] * 3))
def test_stored_is_read_back_the_same(failures: list[tuple[int, int, int]], throttle: Throttle | None) -> None:
    window = filled(failures)
    window.throttle = throttle
    assert Window.decode(window.encode()) == window


def test_accounts_of_a_minute_are_bounded() -> None:
    window = filled([(29_000_000, 1, account) for account in range(1000)])
    assert window.accounts_between(29_000_000, 29_000_000) == 64
    assert window.failures_between(29_000_000, 29_000_000) == 1000
