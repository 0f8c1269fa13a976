"""Which headers travel."""

import pytest

from services.replay.outcome import Unusable
from services.replay.plan.choices import HeaderPolicy
from services.replay.plan.heading import HIDDEN, Heading, travels, without_secrets
from tests.unit.replay.plan.recorded import choices


@pytest.mark.parametrize(
    "name, policy, expected",
    [
        ("ce_id", {}, True),
        ("content-type", {}, True),
        ("redrive-of", {}, True),
        ("x-court", {}, False),
        ("x-court", {"keep": ("x-*",)}, True),
        ("authorization", {"keep": ("*",)}, False),
        ("Cookie", {"keep": ("*",)}, False),
        ("__connect.errors.topic", {"keep": ("*",)}, False),
        ("kafka_dlt-original-topic", {"keep": ("*",)}, False),
        ("cookie", {"keep": ("cookie",)}, True),
        ("replayrun", {"keep": ("replayrun",)}, False),
        ("proof", {"keep": ("proof",)}, False),
        ("ce_time", {"drop": ("ce_t*",)}, False),
        ("ce_type", {"put": (("ce_type", "other"),)}, False),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_header_travels_by_policy(name: str, policy: dict[str, object], expected: bool) -> None:  # noqa: FBT001 - a table
    assert travels(name, HeaderPolicy.model_validate(policy)) is expected


def test_headers_are_counted_by_name() -> None:
    heading = Heading(HeaderPolicy(), keep_proof=False)
    for _ in range(2):
        heading.of([("ce_id", b"1"), ("x", b"2"), ("x", None)])
    heading.settle()
    assert (heading.kept, heading.dropped) == ({"ce_id": 2}, {"x": 4})


def test_many_shapes_of_headers_take_bounded_room() -> None:
    heading = Heading(HeaderPolicy(), keep_proof=False)
    for number in range(2_500):
        heading.of([(f"x-{number}", b"")])
    assert len(heading._shapes) <= 1_000  # noqa: SLF001 - the bound is the point
    heading.settle()
    assert sum(heading.dropped.values()) == 2_500


def test_own_headers_cannot_be_set() -> None:
    with pytest.raises(Unusable, match="always made by the replay"):
        Heading(HeaderPolicy(put=(("replayrun", "x"),)), keep_proof=False)


@pytest.mark.parametrize("name", ["authorization", "Proxy-Authorization", "x-auth-token", "COOKIE", "client_secret"])
def test_secrets_that_are_put_are_not_written_down(name: str) -> None:
    told = without_secrets(choices(headers={"put": ((name, "hunter2"), ("x-court", "UTBK"))}))
    assert told.headers.put == ((name, HIDDEN), ("x-court", "UTBK"))


def test_a_hidden_value_is_not_sent() -> None:
    with pytest.raises(Unusable, match="give it again"):
        Heading(HeaderPolicy(put=(("authorization", HIDDEN),)), keep_proof=False)
