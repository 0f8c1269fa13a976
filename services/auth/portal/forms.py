"""The forms that a filer fills in: their fields, the bounds of each, and the sentence that each fault is told with.

A fault names the field and what to do; what was typed is never part of the sentence.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from services.contract.fields import Login

Faults = dict[str, str]
"""Field name → sentence."""

_PRINTABLE: Final = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
_LABELS: Final = {
    "username": "Username",
    "password": "Password",
    "client_code": "Client Code",
    "cmecf_login": "CM/ECF login",
    "cmecf_password": "CM/ECF password",
}

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


class CmecfForm(_Form):
    """The court's own credentials."""

    cmecf_login: TrimmedLogin
    cmecf_password: Password


class AcknowledgmentForm(_Form):
    """The tick under "this is my own, individual account"."""

    own_account: Literal["yes"]


def parse[Form: _Form](model: type[Form], fields: Mapping[str, str]) -> Form | Faults:
    """Return the filled-in form, or a sentence for each field that is at fault."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        return {str(fault["loc"][0]): _sentence(fault) for fault in error.errors(include_url=False)}


def _sentence(fault: ErrorDetails) -> str:
    name = str(fault["loc"][0])
    label = _LABELS.get(name, name)
    if name == "own_account":
        return "Tick the box to confirm that this is your own individual PACER account"
    match fault["type"]:
        case "missing" | "string_too_short":
            return f"Enter your {label}"
        case "string_too_long":
            return f"{label} can have {fault['ctx']['max_length']} characters at most"
        case _ if name == "client_code":
            return "Client Code cannot contain blanks, commas or control characters"
        case _:
            return f"{label} cannot contain control characters such as tabs or line breaks"
