"""The API as an OpenAPI 3.1 document, built from its models. Pure: returns plain data.

Served at /services/openapi.json; `ecflink contract openapi` writes it to `docs/openapi.yaml`.
"""

from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.auth.api.bodies import ROOT
from services.auth.api.formats import MEDIA_TYPES
from services.auth.api.models import CsoAuth, CsoLogout, CsoResult

VERSION: Final = "1.0.0"
_ABOUT: Final = (
    "Signs filing programs in and out as PACER's authentication API does: the same addresses, fields and result codes. "
    "Requests and answers are JSON or XML (root CsoAuth); the answer is in the form of the request unless Accept names "
    "the other. A refusal is 200 with loginResult other than 0 and no token. Unknown fields are passed over."
)
_RETRY: Final = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
}
_TICKET: Final = {
    "X-SIGN-ON-TICKET": {
        "description": "Send it back in this header after the wait: the sign-in is then looked at whatever others do.",
        "schema": {"type": "string"},
    },
}
_TOKEN_HEADERS: Final = {
    "X-NEXT-GEN-CSO": {"description": "The token, as in the body.", "schema": {"type": "string"}},
    "Set-Cookie": {"description": "The token as cookie NextGenCSO.", "schema": {"type": "string"}},
}
_FAILURES: Final = {
    "400": ("The body cannot be read, or a field is missing.", {}),
    "408": ("The body did not arrive in time.", {}),
    "413": ("The body is larger than 16 kB.", {}),
    "415": ("Neither JSON nor XML, or a charset other than utf-8, iso-8859-1 and us-ascii.", {}),
    "429": ("Too many requests from this address, or too many wrong tries.", _RETRY | _TICKET),
    "503": ("Busy, or a part of the system does not answer.", _RETRY),
}


def document() -> dict[str, Any]:
    """Return the whole document."""
    _, schemas = models_json_schema(
        [(CsoAuth, "validation"), (CsoLogout, "validation"), (CsoResult, "validation")],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "ecflink sign-on API", "version": VERSION, "description": _ABOUT},
        "paths": {
            "/services/cso-auth": {"post": _operation("signIn", "Sign in.", CsoAuth, _TOKEN_HEADERS)},
            "/services/cso-logout": {"post": _operation("signOut", "End one token.", CsoLogout, {})},
        },
        "components": {"schemas": {name: _schema(schema) for name, schema in schemas["$defs"].items()}},
    }


def _operation(name: str, summary: str, body: type[BaseModel], headers: dict[str, Any]) -> dict[str, Any]:
    failures = {status: _response(text, more) for status, (text, more) in _FAILURES.items()}
    return {
        "operationId": name,
        "summary": summary,
        "requestBody": {"required": True, "content": _content(body)},
        "responses": {"200": _response("Done or refused: see loginResult.", headers)} | failures,
    }


def _response(text: str, headers: dict[str, Any]) -> dict[str, Any]:
    answer = {"description": text, "content": _content(CsoResult)}
    return answer | ({"headers": headers} if headers else {})


def _content(model: type[BaseModel]) -> dict[str, Any]:
    reference = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    return dict.fromkeys(MEDIA_TYPES, reference)


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"xml": {"name": ROOT}}
