"""A quick pattern takes nothing that the model would refuse, and takes what our services write."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contract.deliveries import MailDelivered
from services.contract.fields import Event
from services.contract.logins import LoginAttempted
from services.contract.notices import FilerNotified
from services.contract.requests import LinkRequested
from services.contract.transactions import LinkTransaction
from services.replay.inspection.quick import pattern_of
from tests.linking.requests import requested

each_model = pytest.mark.parametrize("model", [LinkRequested, LinkTransaction, MailDelivered, LoginAttempted])


@each_model
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_the_pattern_takes_the_model_takes(model: type[Event], data: st.DataObject) -> None:
    pattern = pattern_of(model)
    assert pattern is not None
    model.model_validate_json(data.draw(st.from_regex(pattern, fullmatch=True)))


def test_ordinary_request_is_taken() -> None:
    pattern = pattern_of(LinkRequested)
    assert pattern is not None
    assert pattern.fullmatch(requested(1).encode())
    assert not pattern.fullmatch(requested(1, pacer_name="Ñandú").encode())


def test_event_with_conditions_has_no_pattern() -> None:
    assert pattern_of(FilerNotified) is None
