"""A record comes back from its line byte for byte, whatever is in it."""

import json

import pytest
from hypothesis import example, given, settings

from services.replay.recording.checking import checked_record_of
from services.replay.recording.lines import line_of, record_of
from services.replay.recording.record import Recorded
from tests.unit.replay.recording.records import plain, records


@settings(deadline=None)
@given(record=records)
@example(record=plain(1, value=b"x" * 1_000_000))
@example(record=plain(1, value=b'"' + b"x" * 1_000_000 + b'"'))
def test_record_comes_back_as_it_was(record: Recorded) -> None:
    line = line_of(record)
    assert record_of(line) == record
    assert checked_record_of(line) == record


@settings(deadline=None)
@given(record=records)
def test_line_is_one_line_of_json(record: Recorded) -> None:
    line = line_of(record)
    assert line.index(b"\n") == len(line) - 1
    assert json.loads(line)["topic"] == record.topic


@pytest.mark.parametrize("value", [b'{"a":1}', b"7", b'"text"', b"[]", b"false"], ids=repr)
def test_value_that_is_compact_json_stands_as_it_is(value: bytes) -> None:
    assert b'"value":' + value in line_of(plain(1, value=value))


@pytest.mark.parametrize("value", [b"null", b'{"a": 1}', b"1e5", b'"\\ud800"', b"\xff"], ids=repr)
def test_any_other_value_stands_in_base64(value: bytes) -> None:
    assert "value_base64" in json.loads(line_of(plain(1, value=value)))


def test_null_value_and_json_null_are_told_apart() -> None:
    null = plain(1)._replace(value=None)
    assert record_of(line_of(null)).value is None
    assert record_of(line_of(null._replace(value=b"null"))).value == b"null"


def test_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="not Unicode text"):
        line_of(plain(1)._replace(headers=(("\ud800", b"v"),)))


_GOOD = (
    '{"topic":"t","partition":0,"offset":0,"timestamp":0,"timestamp_type":"create","key":null,"headers":[],"value":1}'
)


@pytest.mark.parametrize(
    "old,new,says",
    [
        ('"partition":0', '"partition":-1', "partition"),
        ('"offset":0', '"offset":"0"', "offset"),
        ('"timestamp":0', '"timestamp":true', "timestamp"),
        ('"create"', '"made"', "timestamp_type"),
        ('"key":null', '"key":7', "key"),
        ('"key":null', '"key_base64":"*"', "base64"),
        ('"headers":[]', '"headers":[["a"]]', "header"),
        ('"headers":[]', '"headers":{}', "headers"),
        ('"value":1', '"other":1', "other"),
        (',"value":1', "", "value is missing"),
        ("{", "[", "not JSON"),
    ],
)
def test_line_that_is_wrong_is_told_in_words(old: str, new: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        record_of(_GOOD.replace(old, new).encode())


def test_line_with_its_fields_in_another_order_is_read() -> None:
    fields = dict(reversed(json.loads(_GOOD).items()))
    assert record_of(json.dumps(fields).encode()) == record_of(_GOOD.encode())
