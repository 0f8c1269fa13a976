"""The forms that a filer fills in: their fields, the bounds of each, and the sentence that each fault is told with.

A fault names the field and what to do; what was typed is never part of the sentence.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from services.auth.portal.language import gettext
from services.auth.portal.language import marked as _
from services.contract.fields import Login

Faults = dict[str, str]
"""Field name → sentence."""

_PRINTABLE: Final = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
_LABELS: Final = {
    "username": _("Username"),
    "password": _("Password"),
    "client_code": _("Client Code"),
    "otp_code": _("One-time passcode"),
    "cmecf_login": _("CM/ECF login"),
    "cmecf_password": _("CM/ECF password"),
}
_UNTICKED: Final = {
    "own_account": _("Tick the box to confirm that this is your own individual PACER account"),
    "redaction": _("Tick the box to confirm that you have read the notice"),
}
OTP_LENGTH_MAX: Final = 16

Password = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PRINTABLE)]
"""As typed, blanks at its ends included."""

TrimmedLogin = Annotated[Login, StringConstraints(strip_whitespace=True)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class SignInForm(_Form):
    """PACER's sign-in. A client code has 32 characters at most, no blank and no comma (domain notes, 3.3)."""

    username: TrimmedLogin
    password: Password
    client_code: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=32, pattern=r"^[^\s,\x00-\x1f\x7f-\x9f]*$")
    ] = ""
    otp_code: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=OTP_LENGTH_MAX, pattern=_PRINTABLE)
    ] = ""
    """Shown where a remote sign-on verifies passwords: it takes both at once."""


class CmecfForm(_Form):
    """The court's own credentials."""

    cmecf_login: TrimmedLogin
    cmecf_password: Password


class AcknowledgmentForm(_Form):
    """The tick under "this is my own, individual account"."""

    own_account: Literal["yes"]


class RedactionForm(_Form):
    """The tick under the redaction notice."""

    redaction: Literal["yes"]


def parse[Form: _Form](model: type[Form], fields: Mapping[str, str]) -> Form | Faults:
    """Return the filled-in form, or a sentence in the language of the request for each field that is at fault."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        return {str(fault["loc"][0]): _sentence(fault) for fault in error.errors(include_url=False)}


def _sentence(fault: ErrorDetails) -> str:
    name = str(fault["loc"][0])
    if name in _UNTICKED:
        return gettext(_UNTICKED[name])
    label = gettext(_LABELS.get(name, name))
    match fault["type"]:
        case "missing" | "string_too_short":
            return gettext("Enter your %(label)s") % {"label": label}
        case "string_too_long":
            length = fault["ctx"]["max_length"]
            return gettext("%(label)s can have %(length)s characters at most") % {"label": label, "length": length}
        case _ if name == "client_code":
            return gettext("Client Code cannot contain blanks, commas or control characters")
        case _:
            return gettext("%(label)s cannot contain control characters such as tabs or line breaks") % {"label": label}
