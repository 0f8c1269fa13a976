"""Nothing that a stranger sends makes the limiter's memory grow without end, and it starts no thread."""

import threading

import pytest
from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from services.auth.protection.delays import Delays
from services.auth.protection.strangers import LEARNT_COUNT_MAX, STRANGER_COUNT_MAX, Strangers
from services.auth.protection.tickets import Tickets
from services.auth.protection.windows import BoundedWindows


def test_windows_forget_the_key_used_longest_ago() -> None:
    windows = BoundedWindows(lambda: 0.0, key_count_max=100)
    limiter, once = MovingWindowRateLimiter(windows), RateLimitItemPerMinute(1)
    for number in range(1_000):
        assert limiter.hit(once, str(number))
    assert len(windows) == 100
    assert not limiter.hit(once, "999")
    assert limiter.hit(once, "0")


def test_windows_start_no_thread() -> None:
    before = threading.active_count()
    limiter = MovingWindowRateLimiter(BoundedWindows(lambda: 0.0))
    for number in range(1_000):
        limiter.hit(RateLimitItemPerMinute(5), str(number))
    assert threading.active_count() == before


def test_window_moves() -> None:
    moment = [0.0]
    limiter, twice = MovingWindowRateLimiter(BoundedWindows(lambda: moment[0])), RateLimitItemPerMinute(2)
    taken = []
    for moment[0] in (0.0, 30.0, 59.0, 60.0, 61.0, 90.0):
        taken.append(limiter.hit(twice, "one"))
    assert taken == [True, True, False, True, False, True]
    assert limiter.get_window_stats(twice, "one").reset_time == pytest.approx(120.0)


def test_delays_forget_the_key_tried_longest_ago() -> None:
    delays = Delays(free=1, delay_s_max=60, key_count_max=100)
    for number in range(1_000):
        delays.fail(str(number), float(number) / 1_000)
    assert len(delays) == 100
    assert delays.wait_s("999", 0.999) == 1
    assert delays.wait_s("0", 0.999) == 0


def test_delay_is_bounded_for_any_number_of_wrong_tries() -> None:
    delays = Delays(free=1, delay_s_max=60)
    for _ in range(5_000):
        delays.fail("one", 0.0)
    assert delays.wait_s("one", 0.0) == 60
    assert delays.wait_s("one", 3_600.0) == 0


def test_used_tickets_are_forgotten_when_they_are_worth_nothing() -> None:
    tickets = Tickets(b"f" * 40)
    for number in range(1_000):
        now = float(number)
        held = tickets.read(tickets.issue("a", "p", due_at=now), "a", "p", now=now)
        assert held is not None
        tickets.use(held, now=now)
    assert len(tickets) <= 301


def test_strangers_forget_what_was_remembered_longest_ago() -> None:
    strangers = Strangers()
    for number in range(STRANGER_COUNT_MAX + 1):
        strangers.met("one", str(number), 0.0)
    for number in range(LEARNT_COUNT_MAX + 1):
        strangers.learn(str(number), [], 0.0)
    assert not strangers.holds("one", "0", 1.0)
    assert strangers.holds("one", "1", 1.0)
    assert not strangers.learnt("0", 1.0)
    assert strangers.learnt("1", 1.0)


def test_full_window_says_when_it_has_room_as_the_library_does() -> None:
    moment = [0.0]
    windows = BoundedWindows(lambda: moment[0])
    limiter, twice = MovingWindowRateLimiter(windows), RateLimitItemPerMinute(2)
    for moment[0] in (0.0, 30.0, 59.0, 60.0, 61.0, 89.5, 90.0):
        waits_s = windows.full_s(twice, "one", moment[0])
        assert (waits_s == 0) == limiter.hit(twice, "one")
        assert waits_s in {0.0, 1.0, 29.0}
