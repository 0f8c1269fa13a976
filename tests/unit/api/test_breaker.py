"""When a remote sign-on is asked, and when not."""

from dataclasses import dataclass, field

import pytest

from services.auth.portal.ports import Busy
from services.auth.signon.remote.breaker import Breaker, Open, Unreachable


@dataclass
class Watch:
    """A clock that stands, and what the breaker told."""

    seconds: float = 100.0
    heard: list[str] = field(default_factory=list)

    def breaker(self) -> Breaker:
        return Breaker(
            failures_max=3,
            open_s=15,
            seconds=lambda: self.seconds,
            opened=lambda: self.heard.append("opened"),
            closed=lambda: self.heard.append("closed"),
        )


@pytest.fixture
def watch() -> Watch:
    return Watch()


def fail(breaker: Breaker) -> None:
    with pytest.raises(Unreachable), breaker.guarded():
        raise Unreachable


def be_busy(breaker: Breaker) -> None:
    with pytest.raises(Busy), breaker.guarded():
        raise Busy(7)


def pass_through(breaker: Breaker) -> None:
    with breaker.guarded():
        pass


def test_opens_after_failures_in_a_row(watch: Watch) -> None:
    breaker = watch.breaker()
    for _ in range(3):
        fail(breaker)
    with pytest.raises(Open) as refused, breaker.guarded():
        pytest.fail("asked although open")
    assert refused.value.retry_after_s == 15
    assert watch.heard == ["opened"]


def test_a_success_between_starts_the_count_anew(watch: Watch) -> None:
    breaker = watch.breaker()
    for _ in range(4):
        fail(breaker)
        fail(breaker)
        pass_through(breaker)
    assert watch.heard == []


def test_busy_is_an_answer(watch: Watch) -> None:
    breaker = watch.breaker()
    for _ in range(10):
        fail(breaker)
        fail(breaker)
        be_busy(breaker)
    assert watch.heard == []


def test_busy_after_the_wait_closes(watch: Watch) -> None:
    breaker = watch.breaker()
    for _ in range(3):
        fail(breaker)
    watch.seconds += 15
    be_busy(breaker)
    assert watch.heard == ["opened", "closed"]


def test_a_success_after_the_wait_closes(watch: Watch) -> None:
    breaker = watch.breaker()
    for _ in range(3):
        fail(breaker)
    watch.seconds += 15
    pass_through(breaker)
    fail(breaker)
    pass_through(breaker)
    assert watch.heard == ["opened", "closed"]


def test_a_failure_after_the_wait_opens_again(watch: Watch) -> None:
    breaker = watch.breaker()
    for _ in range(3):
        fail(breaker)
    watch.seconds += 15
    fail(breaker)
    with pytest.raises(Open), breaker.guarded():
        pytest.fail("asked although open")
    assert watch.heard == ["opened"]


def test_one_alone_tries(watch: Watch) -> None:
    breaker = watch.breaker()
    for _ in range(3):
        fail(breaker)
    watch.seconds += 15
    with breaker.guarded(), pytest.raises(Open), breaker.guarded():
        pytest.fail("two tried at once")
    pass_through(breaker)


def test_a_trial_that_was_given_up_lets_another_try(watch: Watch) -> None:
    breaker = watch.breaker()
    for _ in range(3):
        fail(breaker)
    watch.seconds += 15
    with pytest.raises(KeyError), breaker.guarded():
        raise KeyError
    pass_through(breaker)
    assert watch.heard == ["opened", "closed"]
