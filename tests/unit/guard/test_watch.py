"""The watchdog: dead is who has records to count and counts none."""

import pytest
from prometheus_client import CollectorRegistry

from services.auth.guard.marks import Place
from services.auth.guard.metrics import Metrics
from services.auth.guard.settings import GuardSettings
from services.auth.guard.state import State
from services.auth.guard.watch import Watch
from services.runtime.health import Health
from services.runtime.settings import load

SETTINGS = load(GuardSettings, kafka_bootstrap_servers="127.0.0.1:1", progress_s_max=30)


class Watched:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.health = Health(monotonic=lambda: self.now_s)
        self.state = State(SETTINGS)
        self.watch = Watch(SETTINGS, self.state, Metrics(CollectorRegistry()), self.health)

    def look(self, *, after_s: float, counted: int, end: int) -> list[str]:
        self.now_s += after_s
        self.state.pass_over(Place(0, counted - 1))
        self.watch.judge({0: end})
        return self.health.stalled


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_nothing_to_count_is_alive(watched: Watched) -> None:
    assert [watched.look(after_s=20, counted=5, end=5) for _ in range(5)] == [[]] * 5


def test_counting_slowly_is_alive(watched: Watched) -> None:
    assert [watched.look(after_s=20, counted=number, end=1000) for number in range(1, 6)] == [[]] * 5


def test_records_that_wait_and_none_counted_is_dead(watched: Watched) -> None:
    assert watched.look(after_s=0, counted=5, end=6) == []
    assert watched.look(after_s=29, counted=5, end=6) == []
    assert watched.look(after_s=2, counted=5, end=7) == ["progress"]


def test_counting_again_is_alive_again(watched: Watched) -> None:
    watched.look(after_s=0, counted=5, end=9)
    assert watched.look(after_s=31, counted=5, end=9) == ["progress"]
    assert watched.look(after_s=2, counted=6, end=9) == []
