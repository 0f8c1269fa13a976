"""What the API answers: result code, sentence and token, as JSON or XML. Refusals are 200, as PACER's clients expect.

The beginnings of the sentences are PACER's (domain notes, 5): clients look for them.
"""

import json
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.responses import Response

from services.auth.api.bodies import ROOT
from services.auth.api.formats import JSON
from services.auth.api.models import FAILED, REFUSED, SIGNED_IN, CsoResult
from services.auth.portal.cookies import TOKEN, Cookies
from services.auth.portal.ports import Barrier

TOKEN_HEADER: Final = "X-NEXT-GEN-CSO"  # noqa: S105 - a header's name
TICKET_HEADER: Final = "X-SIGN-ON-TICKET"

_PSC: Final = "Call the PACER Service Center, 800-676-6856."
INVALID: Final = "Invalid username, password, or one-time passcode."
REDACTION: Final = (
    "All filers must redact: Social Security and taxpayer-identification numbers; dates of birth; names of minor "
    "children; financial account numbers; and in criminal cases home addresses (Fed. R. App. P. 25(a)(5), Fed. R. "
    "Bankr. P. 9037, Fed. R. Civ. P. 5.2, Fed. R. Crim. P. 49.1). Send redactFlag 1 to say that you will."
)
CLIENT_CODE_WRONG: Final = (
    "Invalid Client Code. Send one that your firm takes: 32 characters at most, no blank, no comma."
)
DISABLED: Final = f"Sign-in failed: your current account has been disabled. {_PSC}"
RESTRICTED: Final = "A second factor must be enrolled first. Sign in at the court's pages and enroll one."
OTHER: Final = f"Sign-in failed: this account may not sign in here. {_PSC}"
TOKEN_MALFORMED: Final = "nextGenCSO is not a token of this system. Send the one that the sign-in gave."  # noqa: S105

_BARRED: Final = {
    Barrier.PACER_DISABLED: DISABLED,
    Barrier.REDACTION_NOT_ACKED: REDACTION,
    Barrier.FACTOR_REQUIRED: RESTRICTED,
}


def signed_in(media_type: str, token: str, warning: str, cookies: Cookies) -> Response:
    """Answer a sign-in that went through; the token stands in body, header and cookie."""
    result = CsoResult(next_gen_cso=token, login_result=SIGNED_IN, error_description=warning)
    response = _answer(200, media_type, result)
    response.headers[TOKEN_HEADER] = token
    cookies.put(response, TOKEN, token)
    return response


def refused(media_type: str) -> Response:
    """Answer a wrong username, password or passcode; nothing tells which."""
    return _result(200, media_type, REFUSED, INVALID)


def barred(media_type: str, barrier: Barrier) -> Response:
    """Answer a right password of an account that may not go on."""
    return _result(200, media_type, FAILED, _BARRED.get(barrier, OTHER))


def failed(media_type: str, description: str, *, status: int = 200, retry_after_s: int | None = None) -> Response:
    """Answer a request that could not be looked at."""
    response = _result(status, media_type, FAILED, description)
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    return response


def signed_out(media_type: str) -> Response:
    """Answer a sign-out, also of a token that had ended before."""
    return _answer(200, media_type, CsoResult(login_result=SIGNED_IN))


def _result(status: int, media_type: str, code: str, description: str) -> Response:
    return _answer(status, media_type, CsoResult(login_result=code, error_description=description))


def _answer(status: int, media_type: str, result: CsoResult) -> Response:
    told = {name: value for name, value in result.model_dump(by_alias=True).items() if value}
    body = json.dumps(told, ensure_ascii=False).encode() if media_type == JSON else _xml(told)
    content_type = media_type if media_type == JSON else f"{media_type}; charset=utf-8"
    return Response(body, status, headers={"Content-Type": content_type})


def _xml(told: dict[str, str]) -> bytes:
    root = Element(ROOT)
    for name, value in told.items():
        SubElement(root, name).text = value
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document
