"""The lines of one partition, from templates: most records differ in a few texts alone, none of which needs an escape.

A template holds all that is the same in records whose headers have the same names. A record that does not fit takes the
long way of `line_of`; the lines are the same bytes. Pure.
"""

from collections.abc import Iterable
from typing import Final, Protocol

import orjson

from services.replay.recording.lines import line_of, stands_as_it_is
from services.replay.recording.record import NO_TIMESTAMP_MS, Recorded, TimestampType

SHAPE_COUNT_MAX: Final = 1_000
# Printable ASCII without the quotation mark and the backslash: JSON has these as they are.
_PLAIN: Final = bytes(each for each in range(0x20, 0x7F) if each not in b'"\\')
_TYPES: Final[dict[int | None, TimestampType]] = {0: "create", 1: "append"}

Shapes = dict[tuple[str, ...], bytes]


class Fetched(Protocol):
    """A record as a client of Kafka hands it out. The type of its time is 0 for the producer's, 1 for the broker's."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int | None: ...
    @property
    def timestamp_type(self) -> int | None: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Iterable[tuple[str, bytes | None]]: ...


class Templates:
    """Makes the lines of one partition."""

    def __init__(self, topic: str, partition: int) -> None:
        self._topic = topic
        self._partition = partition
        self._shapes: dict[int | None, Shapes] = {kind: {} for kind in _TYPES}

    @property
    def shape_count(self) -> int:
        """How many templates are remembered."""
        return sum(map(len, self._shapes.values()))

    def line_of(self, fetched: Fetched) -> bytes:
        """Return a record as one line with its newline."""
        return self._filled(fetched) or line_of(self.recorded(fetched))

    def recorded(self, fetched: Fetched) -> Recorded:
        """Return the record itself."""
        return Recorded(
            self._topic,
            self._partition,
            fetched.offset,
            NO_TIMESTAMP_MS if fetched.timestamp is None else fetched.timestamp,
            _TYPES.get(fetched.timestamp_type, "create"),
            fetched.key,
            tuple(fetched.headers),
            fetched.value,
        )

    def _filled(self, fetched: Fetched) -> bytes | None:
        """Return the line of a record that fits a template, otherwise None."""
        headers, key, value = fetched.headers, fetched.key, fetched.value
        shapes = self._shapes.get(fetched.timestamp_type)
        if shapes is None or key is None or value is None:
            return None
        names, texts = tuple([name for name, _ in headers]), [text for _, text in headers]
        try:
            odd = b"".join((key, *texts)).translate(None, _PLAIN)  # type: ignore[arg-type]  # if null, below
        except TypeError:
            return None
        if odd or not stands_as_it_is(value):
            return None
        template = shapes.get(names) or self._template(fetched.timestamp_type, names)
        return template % (fetched.offset, fetched.timestamp, key, *texts, value)

    def _template(self, kind: int | None, names: tuple[str, ...]) -> bytes:
        """Return the template of a shape, and keep it; so that they are never many, all are forgotten at times."""
        shapes = self._shapes[kind]
        if len(shapes) >= SHAPE_COUNT_MAX:
            shapes.clear()
        headers = b",".join([b"[%b,%b]" % (_constant(name), b'"%b"') for name in names])
        shapes[names] = (
            b'{"topic":%b,"partition":%d,"offset":%%d,"timestamp":%%d,"timestamp_type":%b,"key":"%%b","headers":['
            % (_constant(self._topic), self._partition, _constant(_TYPES[kind]))
            + headers
            + b'],"value":%b}\n'
        )
        return shapes[names]


def _constant(text: str) -> bytes:
    return orjson.dumps(text).replace(b"%", b"%%")
