"""How many tries of a network may be under way at once."""

from contextlib import ExitStack

import pytest

from services.auth.portal.ports import Busy
from services.auth.protection.crowds import Crowds
from services.auth.protection.settings import ProtectionSettings
from tests.unit.protection.conftest import OWNER, STRANGER, Scene

ONE, OTHER = "198.51.100.0/24", "192.0.2.0/24"


@pytest.mark.parametrize("per_minute,at_once", [(1, 20), (120, 20), (240, 40)])
def test_network_has_a_part_of_its_minute_at_once(per_minute: int, at_once: int) -> None:
    crowds = Crowds(per_minute)
    with ExitStack() as tries:
        for _ in range(at_once):
            tries.enter_context(crowds.one_more(ONE))
        with pytest.raises(Busy):
            tries.enter_context(crowds.one_more(ONE))
        with crowds.one_more(OTHER):
            assert crowds.full(ONE)


def test_try_that_ended_is_counted_no_more() -> None:
    crowds = Crowds(1)
    for _ in range(30):
        with crowds.one_more(ONE), crowds.one_more(ONE):
            pass
        with pytest.raises(KeyError), crowds.one_more(ONE):
            raise KeyError
    assert len(crowds) == 0


def test_crowd_of_one_network_keeps_nobody_else_waiting() -> None:
    scene = Scene(settings=ProtectionSettings(sign_in_address_per_minute=48))
    with ExitStack() as tries:
        for _ in range(20):
            tries.enter_context(scene.limiter.under_way(STRANGER))
        assert scene.limiter.full_s(STRANGER, "UTBK") == 1
        assert scene.limiter.full_s(OWNER, "UTBK") == 0
