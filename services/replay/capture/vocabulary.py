"""What the contract's models say of a field's texts: whether they are a person's or a court's own words, or one of a
closed set that can give nobody away.
"""

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Any, Final, get_args

from services.contract.envelope import REDRIVE_OF, TRACEPARENT, Source
from services.contract.fields import Event
from services.contract.topics import TOPICS

HEADERS: Final[dict[str, re.Pattern[bytes]]] = {
    "ce_specversion": re.compile(rb"1\.0"),
    "ce_id": re.compile(rb"[0-9a-f-]{36}(:\d{1,9})?"),
    "ce_type": re.compile(b"|".join(re.escape(topic.event_type.encode()) for topic in TOPICS)),
    "ce_source": re.compile(rb"/ecflink/[a-z-]{1,20}"),
    "ce_time": re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"),
    "content-type": re.compile(rb"application/json"),
    TRACEPARENT: re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"),
    REDRIVE_OF: re.compile(rb"[a-z0-9-]{1,80}/\d{1,9}/\d{1,19}"),
    "replayrun": re.compile(rb"[A-Za-z0-9._-]{1,64}"),
}
"""The headers that a redaction keeps, and of what form each is; anything else in one is left out with it."""


@cache
def text_fields(model: type[Event]) -> frozenset[str]:
    """Return the fields of a model that can hold any text, not one of a closed set, a time, an id or a number."""
    return frozenset(name for name, field in model.model_fields.items() if str in set(_types(field.annotation)))


def _types(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - whatever stands in a model
    yield annotation
    for inner in get_args(annotation):
        yield from _types(inner)


@cache
def closed_words() -> frozenset[str]:
    """Return the words of the contract: a person's text that happens to be one of them is not looked for in a file."""
    enumerations = {
        each
        for topic in TOPICS
        for field in topic.value.model_fields.values()
        for each in _types(field.annotation)
        if isinstance(each, type) and issubclass(each, Enum)
    }
    words = {str(member.value) for enumeration in enumerations for member in enumeration}
    return frozenset(words | {part for source in Source for part in source.split("/")} | {"application"})
