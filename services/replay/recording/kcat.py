"""The lines of `kcat -J`: read and written. Pure.

kcat writes keys, values and header values as strings of raw bytes, UTF-8 or not, and so do we. What its lines do not
say: how many partitions the topic has, and the bytes of a value that kcat decoded from Avro.
"""

import json
from typing import Any, Final, Literal

import orjson

from services.replay.recording.checking import number_of, text_of
from services.replay.recording.record import NO_TIMESTAMP_MS, Recorded, TimestampType

_TIMESTAMP_TYPES: Final[dict[str, TimestampType]] = {"create": "create", "logappend": "append", "unknown": "create"}
_WRITTEN_TYPES: Final[dict[TimestampType, str]] = {"create": "create", "append": "logappend"}


def is_kcat(line: bytes) -> bool:
    """Say whether a line looks like one of kcat's."""
    try:
        found = _parsed(line)
    except ValueError:
        return False
    return isinstance(found, dict) and "payload" in found


def from_kcat(line: bytes) -> Recorded:
    """Return the record of a line of `kcat -J`. Raises ValueError that says what is wrong."""
    fields = _parsed(line)
    if not isinstance(fields, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - one kind of error for what a file holds
    try:
        return Recorded(
            _name(text_of(fields, "topic")),
            number_of(fields, "partition", 0),
            number_of(fields, "offset", -1),
            number_of({"ts": NO_TIMESTAMP_MS} | fields, "ts", NO_TIMESTAMP_MS),
            _TIMESTAMP_TYPES[fields.get("tstype", "unknown")],
            _bytes(fields.get("key"), "key"),
            tuple(_headers(fields.get("headers", []))),
            _bytes(fields.get("payload"), "payload"),
        )
    except KeyError as error:
        raise ValueError(f"its {error.args[0]} is missing or unknown") from None
    except TypeError:
        raise ValueError("a field is not of the type that kcat writes") from None


def to_kcat(record: Recorded) -> bytes:
    """Return a record as a line that `kcat -J` would write; the broker, which nobody knows any more, is -1."""
    fields = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "tstype": _WRITTEN_TYPES[record.timestamp_type],
        "ts": record.timestamp_ms,
        "broker": -1,
        "headers": [part for name, text in record.headers for part in (name, _text(text))],
        "key": _text(record.key),
        "payload": _text(record.value),
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogateescape") + b"\n"


def _parsed(line: bytes) -> Any:  # noqa: ANN401 - whatever stands in the file
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        # Bytes that are not UTF-8 come back as they were by way of Python's surrogates.
        return json.loads(line.decode("utf-8", "surrogateescape"))


def _headers(found: Any) -> list[tuple[str, bytes | None]]:  # noqa: ANN401 - whatever stands in the file
    if isinstance(found, dict):  # kcat with -X of a map: each name once, with the list of its values
        return [(_name(name), _bytes(text, "header")) for name, texts in found.items() for text in texts]
    if len(found) % 2:
        raise ValueError("its headers are not names and values in turn")
    return [(_name(name), _bytes(text, "header")) for name, text in zip(found[::2], found[1::2], strict=True)]


def _name(found: object) -> str:
    name = str(found)
    if not name.isascii() and any("\ud800" <= letter <= "\udfff" for letter in name):
        raise ValueError("the name of its topic or of a header is not UTF-8")
    return name


def _bytes(found: object, what: Literal["key", "payload", "header"]) -> bytes | None:
    if found is None:
        return None
    if not isinstance(found, str):
        raise ValueError(f"its {what} is not a string: kcat decoded it (-s), and its bytes are not known any more")  # noqa: TRY004
    return found.encode("utf-8", "surrogateescape")


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "surrogateescape")
