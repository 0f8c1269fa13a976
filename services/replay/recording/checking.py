"""A line from any hand as a record, with every field checked: for other layouts than ours, and to say what is wrong."""

from base64 import b64decode
from typing import Any, Final

import orjson

from services.replay.recording.record import TIMESTAMP_TYPES, Recorded, TimestampType

_FIELDS: Final = frozenset(Recorded._fields) - {"timestamp_ms"} | {"timestamp", "key_base64", "value_base64"}
_INT64_MAX: Final = 2**63 - 1


def checked_record_of(line: bytes) -> Recorded:
    """Return the record of a line from any hand, with every field checked. Raises ValueError saying what is wrong."""
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - one kind of error for what a file holds
    if unknown := sorted(fields.keys() - _FIELDS):
        raise ValueError(f"it has a field {unknown[0]!r}, which this format does not know")
    return Recorded(
        text_of(fields, "topic"),
        number_of(fields, "partition", 0),
        number_of(fields, "offset", -1),
        number_of(fields, "timestamp", -1),
        _timestamp_type(fields),
        _key(fields),
        tuple([_header(pair) for pair in _headers(fields)]),
        _value(fields),
    )


def text_of(fields: dict[str, Any], name: str) -> str:
    """Return a text of a line that must not be empty. Raises ValueError."""
    found = fields.get(name)
    if not isinstance(found, str) or not found:
        raise ValueError(f"its {name} is missing or not a text")
    return found


def number_of(fields: dict[str, Any], name: str, least: int) -> int:
    """Return a whole number of a line. Raises ValueError where it is none or too small or large."""
    found = fields.get(name)
    if type(found) is not int or not least <= found <= _INT64_MAX:
        raise ValueError(f"its {name} is missing or not a whole number from {least} on")
    return found


def _timestamp_type(fields: dict[str, Any]) -> TimestampType:
    found = fields.get("timestamp_type")
    if not isinstance(found, str) or found not in TIMESTAMP_TYPES:
        raise ValueError('its timestamp_type is neither "create" nor "append"')
    return TIMESTAMP_TYPES[found]


def _key(fields: dict[str, Any]) -> bytes | None:
    if "key_base64" in fields:
        return _plain(fields["key_base64"], "key_base64")
    found = fields.get("key", 0)
    if found is not None and not isinstance(found, str):
        raise ValueError("its key is missing or neither a text nor null")
    return None if found is None else found.encode()


def _headers(fields: dict[str, Any]) -> list[Any]:
    found = fields.get("headers")
    if not isinstance(found, list):
        raise ValueError("its headers are missing or not a list of pairs")  # noqa: TRY004 - as above
    return found


def _header(pair: Any) -> tuple[str, bytes | None]:  # noqa: ANN401 - whatever stands in the file
    match pair:
        case [str(name), None]:
            return name, None
        case [str(name), str(text)]:
            return name, text.encode()
        case [str(name), {"base64": encoded}]:
            return name, _plain(encoded, "a header")
    raise ValueError('a header is not a pair of a name and a text, null or {"base64": …}')


def _value(fields: dict[str, Any]) -> bytes | None:
    if "value_base64" in fields:
        return _plain(fields["value_base64"], "value_base64")
    if "value" not in fields:
        raise ValueError("its value is missing")
    found = fields["value"]
    return None if found is None else orjson.dumps(found)


def _plain(encoded: object, name: str) -> bytes:
    if not isinstance(encoded, str):
        raise ValueError(f"its {name} is not base64")  # noqa: TRY004 - as above
    try:
        return b64decode(encoded, validate=True)
    except ValueError:
        raise ValueError(f"its {name} is not base64") from None
