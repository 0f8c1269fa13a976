"""What a browser sent, as names and values: read strictly, within bounds, so that nothing odd goes further than here.

A field that stands twice, a wrong content type and a broken encoding are told apart, each with its own status.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from services.auth.portal.faults import PageFault, form_not_readable

BODY_BYTES_MAX: Final = 64 * 1024
FIELD_COUNT_MAX: Final = 20

_DIGITS_MAX: Final = 18  # of a length; Python refuses to read thousands of them
_FORM_TYPE: Final = "application/x-www-form-urlencoded"


async def form_of(request: Request) -> Mapping[str, str]:
    """Return the fields of a posted form. Raises PageFault (400, 413 or 415)."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.replace('"', "").strip().lower()
    if media_type.strip().lower() != _FORM_TYPE or charset not in {"", "charset=utf-8"}:
        raise form_not_readable(f"A form is sent as {_FORM_TYPE}.", 415)
    return _pairs(await _bytes_of(request))


def query_of(request: Request) -> Mapping[str, str]:
    """Return the parameters behind the question mark. Raises PageFault (400)."""
    return _pairs(request.scope["query_string"])


async def _bytes_of(request: Request) -> bytes:
    if _announced(request.headers) > BODY_BYTES_MAX:
        raise _too_large()
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_BYTES_MAX:
                raise _too_large()
    except ClientDisconnect:
        raise form_not_readable("The connection ended before the whole form had arrived.") from None
    return bytes(body)


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length[:_DIGITS_MAX]) if length.isascii() and length.isdigit() else 0


def _pairs(encoded: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(
            encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELD_COUNT_MAX
        )
    except UnicodeDecodeError:
        raise form_not_readable("It holds characters that are not encoded as UTF-8.") from None
    except ValueError:
        raise form_not_readable(f"It has more than {FIELD_COUNT_MAX} fields.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise form_not_readable("A field was sent twice.")
    return fields


def _too_large() -> PageFault:
    return PageFault(
        413,
        "This form is too large",
        f"More than {BODY_BYTES_MAX // 1024} kB were sent.",
        "Nothing was changed. Go back and fill in the form with what it asks for.",
    )
