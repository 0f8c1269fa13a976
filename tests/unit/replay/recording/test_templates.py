"""A line from a template has the same bytes as one that was made the long way, whatever is in the record."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings

from services.replay.recording import templates
from services.replay.recording.lines import line_of
from services.replay.recording.record import Recorded
from services.replay.recording.templates import SHAPE_COUNT_MAX, Templates
from tests.unit.replay.recording.records import plain, records


def _fetched(record: Recorded) -> SimpleNamespace:
    return SimpleNamespace(
        offset=record.offset,
        timestamp=record.timestamp_ms,
        timestamp_type=int(record.timestamp_type == "append"),
        key=record.key,
        value=record.value,
        headers=[*record.headers],
    )


def _line(record: Recorded) -> bytes:
    return Templates(record.topic, record.partition).line_of(_fetched(record))


@settings(deadline=None)
@given(record=records)
def test_line_is_the_one_of_the_long_way(record: Recorded) -> None:
    assert _line(record) == line_of(record)


@pytest.mark.parametrize(
    "change",
    [
        {"key": b'a"b'},
        {"key": b"a\\b"},
        {"key": b"a\x1fb"},
        {"key": "é".encode()},
        {"key": b"%d"},
        {"headers": (("%b", b"%d"), ('"', b"\x7f"))},
        {"headers": (("h", b"\n"),)},
        {"headers": ()},
        {"topic": "100%"},
    ],
    ids=str,
)
def test_what_needs_an_escape_gets_it(change: dict[str, object]) -> None:
    record = plain(1)._replace(**change)  # type: ignore[arg-type]  # fields of it
    assert _line(record) == line_of(record)


def test_usual_record_takes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = line_of(plain(1))
    monkeypatch.delattr(templates, "line_of")
    assert _line(plain(1)) == expected


def test_record_of_the_oldest_format_has_no_time() -> None:
    fetched = _fetched(plain(1))
    fetched.timestamp = fetched.timestamp_type = None
    assert Templates("t", 0).line_of(fetched) == line_of(plain(1)._replace(timestamp_ms=-1))


def test_shapes_that_are_remembered_are_bounded() -> None:
    made = Templates("t", 0)
    for number in range(SHAPE_COUNT_MAX + 1):
        made.line_of(_fetched(plain(1)._replace(headers=((f"h{number}", b"v"),))))
    assert made.shape_count == 1
