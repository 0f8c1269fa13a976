"""JSON or XML: in which of them a request came, and in which its answer is wanted."""

from email.message import Message
from typing import Final, NamedTuple

from starlette.datastructures import Headers

JSON: Final = "application/json"
XML: Final = "application/xml"
TEXT_XML: Final = "text/xml"
MEDIA_TYPES: Final = (JSON, XML, TEXT_XML)
CHARSETS: Final = {"utf-8": "utf-8", "utf8": "utf-8", "iso-8859-1": "iso-8859-1", "us-ascii": "us-ascii"}
_ACCEPT_LENGTH_MAX: Final = 1000


class Format(NamedTuple):
    """The content type of a request. `charset` is None where the header names none."""

    media_type: str
    charset: str | None


def received(headers: Headers) -> Format | None:
    """Return how the body is written; None when it is nothing that we read."""
    typed = _typed(headers.get("content-type", ""))
    media_type, named = typed.get_content_type(), typed.get_param("charset")
    charset = CHARSETS.get(str(named).strip().lower()) if named is not None else None
    if media_type not in MEDIA_TYPES or (named is not None and charset is None) or "content-encoding" in headers:
        return None
    return Format(media_type, charset)


def wanted(headers: Headers) -> str:
    """Return the media type of the answer: the best that Accept names; where it names none, the request's own."""
    came = _typed(headers.get("content-type", "")).get_content_type()
    own = came if came in MEDIA_TYPES else JSON
    best, best_weight = own, 0.0
    for part in headers.get("accept", "")[:_ACCEPT_LENGTH_MAX].split(","):
        name, weight = part.partition(";")[0].strip().lower(), _weight(part)
        if name in MEDIA_TYPES and (weight > best_weight or (weight == best_weight > 0 and name == own)):
            best, best_weight = name, weight
    return best


def _typed(header: str) -> Message:
    typed = Message()
    typed["content-type"] = header.replace("\r", " ").replace("\n", " ")
    return typed


def _weight(part: str) -> float:
    for parameter in part.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
