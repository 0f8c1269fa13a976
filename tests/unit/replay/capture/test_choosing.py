"""Which records are recorded: bounds, filters and the sample."""

from datetime import datetime, timedelta

import pytest

from services.replay.capture.choice import Choice
from services.replay.capture.filters import Filter, by_field, by_header, by_key, by_sample, by_type
from services.replay.capture.spans import Bound, parse_bound
from services.replay.outcome import Unusable
from services.replay.recording.record import Recorded

_TIME = "2026-11-02T13:00:00Z"
_RECORD = Recorded(
    "t", 0, 0, 0, "create", b"UTBK:1", (("ce_type", b"a.b"), ("x", b"1")), b'{"a":{"b":[{"c":true}]},"n":7,"s":"7"}'
)


@pytest.mark.parametrize(
    "text,bound",
    [
        ("beginning", Bound(None, None, word="beginning")),
        ("orders.v1=end", Bound("orders.v1", None, word="end")),
        ("orders/2=17", Bound("orders", 2, offset=17)),
        ("2026-11-02T13:00:00Z", Bound(None, None, time_ms=1_793_624_400_000)),
        ("t=2026-11-02T08:00:00.5-05:00", Bound("t", None, time_ms=1_793_624_400_500)),
    ],
    ids=["beginning", "topic", "partition", "time", "zone"],
)
def test_bound_is_read(text: str, bound: Bound) -> None:
    assert parse_bound(text) == bound


@pytest.mark.parametrize("text", ["", "-1", "yesterday", "2026-11-02T13:00:00", "t=", "t/x=1"])
def test_bound_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"empty|beginning"):
        parse_bound(text)


@pytest.mark.parametrize("choice", [Choice(from_=(_TIME,)), Choice(to=(f"t={_TIME}",))], ids=["from", "to"])
def test_time_that_is_still_to_come_is_refused(choice: Choice) -> None:
    at = datetime.fromisoformat(_TIME)
    assert any(choice.bounds(at))
    with pytest.raises(Unusable, match=r"still to come.*--for"):
        choice.bounds(at - timedelta(seconds=1))


@pytest.mark.parametrize(
    "passes,wanted",
    [
        (by_key("^UTBK:"), True),
        (by_key("NYSBK"), False),
        (by_type(["a.b", "c"]), True),
        (by_type(["c"]), False),
        (by_header("x=1"), True),
        (by_header("x=2"), False),
        (by_field("a.b.0.c=true"), True),
        (by_field("n=7"), True),
        (by_field("s=7"), True),
        (by_field("s=8"), False),
        (by_field("a.b.1=7"), False),
    ],
    ids=["key", "no key", "type", "no type", "header", "no header", "path", "number", "text", "other", "no path"],
)
def test_filter_takes_what_it_says(passes: Filter, wanted: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert passes(_RECORD) is wanted


def test_filter_passes_over_what_has_no_key_and_no_json() -> None:
    bare = _RECORD._replace(key=None, headers=(), value=b"\xff")
    assert not any(passes(bare) for passes in (by_key("."), by_type(["a"]), by_header("x=1"), by_field("n=7")))


@pytest.mark.parametrize("make", [by_header, by_field])
def test_filter_without_an_equals_sign_is_refused(make: object) -> None:
    with pytest.raises(ValueError, match="not name=value"):
        make("x")  # type: ignore[operator]  # one of the two


def test_key_that_is_no_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="not a regular expression"):
        by_key("(")


def test_sample_takes_about_its_share_and_of_more_these_too() -> None:
    keyed = [_RECORD._replace(key=b"%d" % number) for number in range(10_000)]
    small, large = ({each.key for each in keyed if by_sample(share)(each)} for share in (0.1, 0.3))
    assert 900 < len(small) < 1_100
    assert small < large


def test_sample_takes_a_key_in_every_topic_or_in_none() -> None:
    assert by_sample(1)(_RECORD)
    keyed = [_RECORD._replace(key=b"%d" % number) for number in range(50)]
    passes = by_sample(0.5)
    assert [passes(each) for each in keyed] == [passes(each._replace(topic="u", partition=3)) for each in keyed]
