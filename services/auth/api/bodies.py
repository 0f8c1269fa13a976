"""The body of an API request, as names and values: JSON or XML, bounded, each field once.

No document type, no entity, no second meaning. What cannot be read becomes an ApiFault with the next step.
"""

import json
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from starlette.requests import Request

from services.auth.api.formats import JSON, Format, received
from services.auth.portal.bodies import bytes_of
from services.auth.portal.faults import PageFault

ROOT: Final = "CsoAuth"
FIELD_NAMES: Final = frozenset({"loginId", "password", "clientCode", "otpCode", "redactFlag", "nextGenCSO"})
BODY_BYTES_MAX: Final = 16 * 1024
ELEMENT_COUNT_MAX: Final = 50
DEPTH_MAX: Final = 8
_NOT_RECEIVED: Final = {
    400: "The connection ended before the whole body had arrived. Send the request again.",
    408: "The body did not arrive in time. Send the request again.",
    413: f"Send {BODY_BYTES_MAX // 1024} kB at most.",
}

Fields = dict[str, object]
"""A field's value is a string in XML, and whatever JSON has there."""


class ApiFault(Exception):
    """A request that is answered without looking at any account. `description` says what to do."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


async def fields_of(request: Request, seconds_max: float) -> Fields:
    """Return the fields of a request. Raises ApiFault (400, 408, 413 or 415)."""
    form = received(request.headers)
    if form is None:
        raise ApiFault(415, "Send Content-Type application/json or application/xml, charset utf-8, not compressed.")
    try:
        body = await bytes_of(request, BODY_BYTES_MAX, seconds_max)
    except PageFault as fault:
        raise ApiFault(fault.status, _NOT_RECEIVED[fault.status]) from None
    return fields(body, form)


def fields(body: bytes, form: Format) -> Fields:
    """Return the fields of a body. Raises ApiFault (400)."""
    return _from_json(body, form) if form.media_type == JSON else _from_xml(body, form)


def _from_json(body: bytes, form: Format) -> Fields:
    try:
        text = body.decode("utf-8-sig" if form.charset in {None, "utf-8"} else form.charset or "")
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):  # JSONDecodeError, UnicodeDecodeError and _once's own are ValueErrors
        raise ApiFault(400, "The body is not JSON with each field once. Send one object.") from None
    if isinstance(document, dict) and isinstance(document.get(ROOT), dict) and len(document) == 1:
        document = document[ROOT]
    if not isinstance(document, dict):
        raise ApiFault(400, f'Send one JSON object of fields, bare or as {{"{ROOT}": {{…}}}}.')
    return document


def _once(pairs: list[tuple[str, object]]) -> Fields:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _from_xml(body: bytes, form: Format) -> Fields:
    try:
        # Without a charset in the header the document's own mark or declaration counts (RFC 7303, 3.2).
        text = body if form.charset is None else body.decode(form.charset)
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise ApiFault(
            400, "The body is not well-formed XML without a document type. Mend it and send it again."
        ) from None
    if _local(root) != ROOT:
        raise ApiFault(400, f"The outermost element must be {ROOT}.")
    if sum(1 for _ in root.iter()) > ELEMENT_COUNT_MAX or _deeper(root, DEPTH_MAX):
        raise ApiFault(400, f"Send {ELEMENT_COUNT_MAX} elements at most, {DEPTH_MAX} deep at most.")
    return dict(_leaves(root))


def _leaves(root: Element) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for child in root:
        name = _local(child)
        if name not in FIELD_NAMES:
            continue  # passed over, however often it stands
        if name in seen:
            raise ApiFault(400, f"Element {name} stands twice. Send it once.")
        if len(child):
            raise ApiFault(400, f"Element {name} holds elements. Send its text alone.")
        seen.add(name)
        yield name, child.text or ""


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _deeper(root: Element, depth: int) -> bool:
    level = [root]
    while level and depth:
        level, depth = [child for element in level for child in element], depth - 1
    return bool(level)
