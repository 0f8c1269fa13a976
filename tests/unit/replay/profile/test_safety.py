"""No cluster is written to by mistake."""

import io

import pytest

from services.replay.outcome import Unusable
from services.replay.profile.profile import Kafka, Profile
from services.replay.profile.safety import Ask, assert_allowed, typed


def profile(*allowed: str) -> Profile:
    return Profile(name="test", kafka=Kafka(bootstrap_servers="kafka.example.org:9092", cluster_ids=allowed))


def typing(answer: str) -> Ask:
    return lambda _: answer


@pytest.mark.parametrize(
    "allowed,confirmed,ask",
    [(("here",), None, None), ((), "here", None), ((), None, typing(" here "))],
    ids=["on the list", "on the command line", "typed"],
)
def test_a_cluster_that_is_meant_is_allowed(allowed: tuple[str, ...], confirmed: str | None, ask: Ask | None) -> None:
    assert_allowed(profile(*allowed), "here", confirmed=confirmed, ask=ask)


@pytest.mark.parametrize(
    "allowed,confirmed,ask",
    [(("there",), None, None), ((), None, typing("yes")), (("here",), "there", None), ((), None, typing(""))],
    ids=["another on the list", "another word typed", "another confirmed", "nothing typed"],
)
def test_any_other_cluster_is_refused(allowed: tuple[str, ...], confirmed: str | None, ask: Ask | None) -> None:
    with pytest.raises(Unusable, match="nothing was sent"):
        assert_allowed(profile(*allowed), "here", confirmed=confirmed, ask=ask)


def test_a_refusal_says_which_cluster_it_is() -> None:
    with pytest.raises(Unusable, match="--confirm-cluster here"):
        assert_allowed(profile(), "here", confirmed=None)


def test_an_input_that_ends_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert typed("Send this? ") == ""
