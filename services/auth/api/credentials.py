"""From the fields of a sign-in to credentials: held to the same bounds as what is typed on the pages."""

import re
from typing import Final

from services.auth.api import answers
from services.auth.api.bodies import ApiFault
from services.auth.api.models import TOKEN_PATTERN, CsoAuth
from services.auth.portal.forms import SignInForm, parse
from services.auth.portal.ports import Credentials

OTP_CODE_LENGTH_MAX: Final = 32
_ACKNOWLEDGED: Final = "1"


def credentials_of(body: CsoAuth) -> Credentials | None:
    """Return what to verify; None for what no account can have, which is answered as a wrong password is.

    Raises ApiFault for a client code that nobody can have.
    """
    typed = {"username": body.login_id, "password": body.password, "client_code": body.client_code or ""}
    form = parse(SignInForm, typed)
    if isinstance(form, dict):
        if set(form) == {"client_code"}:
            raise ApiFault(200, answers.CLIENT_CODE_WRONG)
        return None
    code = body.otp_code or ""
    if len(code) > OTP_CODE_LENGTH_MAX or not (code.isascii() and code.isprintable()):
        return None
    return Credentials(
        login=form.username,
        password=form.password,
        client_code=form.client_code,
        otp_code=code,
        redact=body.redact_flag == _ACKNOWLEDGED,
    )


def is_token(text: str) -> bool:
    """Say whether a text has the form of a token of ours."""
    return re.fullmatch(TOKEN_PATTERN, text) is not None
