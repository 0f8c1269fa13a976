"""A record as one line of JSON, and back, byte for byte. Pure.

The value stands in the line as it is if it is JSON that re-encodes to the same bytes, otherwise as base64; key and
header values stand as text if they are UTF-8, otherwise as base64. The value is the last field of a line.
"""

from base64 import b64encode
from typing import Any, Final

import orjson

from services.replay.recording.checking import checked_record_of
from services.replay.recording.record import TIMESTAMP_TYPES, Recorded

_VALUE: Final = b'],"value":'
"""Where the value begins. It cannot stand inside a JSON string, where a quotation mark has a backslash before it."""


def line_of(record: Recorded) -> bytes:
    """Return a record as one line with its newline. Raises ValueError where a name is not Unicode text."""
    topic, partition, offset, timestamp_ms, timestamp_type, key, headers, value = record
    fields: dict[str, Any] = {
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "timestamp": timestamp_ms,
        "timestamp_type": timestamp_type,
    }
    try:
        fields["key"] = key.decode() if key is not None else None
    except UnicodeDecodeError:
        fields["key_base64"] = _base64(key)
    try:
        fields["headers"] = [(name, text.decode()) for name, text in headers]  # type: ignore[union-attr]  # if null, below
    except (AttributeError, UnicodeDecodeError):
        fields["headers"] = [(name, _shown(text)) for name, text in headers]
    if value is None:
        fields["value"] = None
    elif stands_as_it_is(value):
        fields["value"] = orjson.Fragment(value)
    else:
        fields["value_base64"] = _base64(value)
    try:
        return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError as error:
        raise ValueError(f"a name is not Unicode text: {error}") from None


def stands_as_it_is(value: bytes) -> bool:
    """Say whether a value is JSON that re-encodes to the same bytes; not so `null`, which stands for no value."""
    try:
        return orjson.dumps(orjson.loads(value)) == value and value != b"null"
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return False


def _shown(text: bytes | None) -> str | dict[str, str] | None:
    if text is None:
        return None
    try:
        return text.decode()
    except UnicodeDecodeError:
        return {"base64": _base64(text)}


def _base64(content: bytes | None) -> str:
    return b64encode(content or b"").decode()


def record_of(line: bytes) -> Recorded:
    """Return the record of a line. Raises ValueError that says what is wrong with it.

    The value of a line that `line_of` wrote is taken as it stands; it is not parsed.
    """
    head, found, value = line.partition(_VALUE)
    if found:
        try:
            fields = orjson.loads(head + b"]}")
            partition, offset, timestamp_ms = fields["partition"], fields["offset"], fields["timestamp"]
            if type(partition) is type(offset) is type(timestamp_ms) is int and partition >= 0:
                key = fields["key"]
                return Recorded(
                    fields["topic"],
                    partition,
                    offset,
                    timestamp_ms,
                    TIMESTAMP_TYPES[fields["timestamp_type"]],
                    None if key is None else key.encode(),
                    tuple([(name, text.encode()) for name, text in fields["headers"]]),
                    _taken(value),
                )
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # another layout, a null or base64: read it the long way
    return checked_record_of(line)


def _taken(value: bytes) -> bytes | None:
    value = value.rstrip(b"\r\n")
    if not value.endswith(b"}"):
        raise ValueError("the line does not end")
    value = value[:-1]
    return None if value == b"null" else value
