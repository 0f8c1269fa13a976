"""The collector while a run goes on, and after it."""

import gc

from services.replay.run.collecting import seldom_collected


def test_collector_is_as_before_after_the_run() -> None:
    before = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold()[0] > before[0]
        assert gc.get_freeze_count() > 0
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)
