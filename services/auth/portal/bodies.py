"""What a browser sent, as names and values: read strictly, within bounds, so that nothing odd goes further than here.

A field that stands twice, a wrong content type and a broken encoding are told apart, each with its own status. What has
not arrived within its time is given up.
"""

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from services.auth.portal.faults import PageFault, fault_of, form_not_readable
from services.auth.portal.states import State

BODY_BYTES_MAX: Final = 64 * 1024
JSON_BYTES_MAX: Final = 16 * 1024
FIELD_COUNT_MAX: Final = 20
BODY_S_MAX: Final = 10.0

_DIGITS_MAX: Final = 18  # of a length; Python refuses to read thousands of them
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_JSON_TYPE: Final = "application/json"


async def form_of(request: Request, *, seconds_max: float = BODY_S_MAX) -> Mapping[str, str]:
    """Return the fields of a posted form; of JSON from a script of ours (header X-CSRF), the text alone as `json`.

    Raises PageFault (400, 408, 413 or 415).
    """
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.replace('"', "").strip().lower()
    readable = charset in {"", "charset=utf-8"}
    match media_type.strip().lower():
        case str(kind) if kind == _FORM_TYPE and readable:
            fields = _pairs(await bytes_of(request, BODY_BYTES_MAX, seconds_max))
            if "json" in fields:  # the name under which a script's own JSON is handed on
                raise form_not_readable("It is not a JSON object.")
            return fields
        case str(kind) if kind == _JSON_TYPE and readable and "x-csrf" in request.headers:
            return {"json": _object(await bytes_of(request, JSON_BYTES_MAX, seconds_max))}
    raise form_not_readable(f"A form is sent as {_FORM_TYPE}.", 415)


def query_of(request: Request) -> Mapping[str, str]:
    """Return the parameters behind the question mark. Raises PageFault (400)."""
    return _pairs(request.scope["query_string"])


async def bytes_of(request: Request, bytes_max: int, seconds_max: float = BODY_S_MAX) -> bytes:
    """Return a request's body.

    Raises PageFault: 413 beyond `bytes_max`, 408 after `seconds_max`, 400 when it broke off.
    """
    if _announced(request.headers) > bytes_max:
        raise _too_large(bytes_max)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds_max):
            async for chunk in request.stream():
                body += chunk
                if len(body) > bytes_max:
                    raise _too_large(bytes_max)
    except ClientDisconnect:
        raise form_not_readable("The connection ended before the whole form had arrived.") from None
    except TimeoutError:
        raise form_not_readable("It did not arrive in time: the connection was too slow.", 408) from None
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


def _object(encoded: bytes) -> str:
    try:
        if isinstance(orjson.loads(encoded), dict):
            return encoded.decode()
    except orjson.JSONDecodeError:
        pass
    raise form_not_readable("It is not a JSON object.")


def _too_large(bytes_max: int) -> PageFault:
    return fault_of(State.FORM_TOO_LARGE, status=413, happened=f"More than {bytes_max // 1024} kB were sent.")
