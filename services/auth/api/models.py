"""What the API's requests and answers hold. The names of the fields are PACER's own (domain notes, 5).

The OpenAPI document is made of these models; a field that we do not know is passed over, as clients rely on.
"""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from services.auth.api.bodies import ApiFault, Fields

TOKEN_LENGTH: Final = 128
TOKEN_PATTERN: Final = f"^[0-9a-f]{{{TOKEN_LENGTH}}}$"
SIGNED_IN: Final = "0"
FAILED: Final = "1"
REFUSED: Final = "13"


Text = Annotated[str | None, AfterValidator(lambda value: (value or "").strip())]
"""A field that may be left out, empty or null."""


class _Body(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, strict=True, validate_by_name=True
    )


class CsoAuth(_Body):
    """A sign-in. Names count with their case."""

    login_id: Annotated[str, AfterValidator(str.strip)] = Field(
        alias="loginId", description="PACER username.", examples=["alexattorney"]
    )
    password: str = Field(description="Its password.")
    client_code: Text = Field(
        "", alias="clientCode", description="Client code: 32 characters at most, no blank, no comma; may be empty."
    )
    otp_code: Text = Field(
        "", alias="otpCode", description="One-time passcode or backup code, where a second factor is enrolled."
    )
    redact_flag: Text = Field(
        "", alias="redactFlag", description='"1": I will follow the redaction rules. Needed of those who may file.'
    )


class CsoLogout(_Body):
    """A sign-out. The XML root is CsoAuth here too."""

    next_gen_cso: str = Field(alias="nextGenCSO", description="The token to end.")


class CsoResult(_Body):
    """Every answer. `nextGenCSO` stands with `loginResult` "0" of a sign-in alone."""

    next_gen_cso: str | None = Field(
        None, alias="nextGenCSO", pattern=TOKEN_PATTERN, description=f"The token: {TOKEN_LENGTH} characters."
    )
    login_result: str = Field(
        alias="loginResult",
        pattern="^(0|1|13)$",
        description='"0" done; "13" username, password or passcode is wrong; "1" anything else that failed.',
    )
    error_description: str | None = Field(
        None, alias="errorDescription", description='Why it failed; with "0" a warning. Absent when all is well.'
    )


def read[Body: _Body](model: type[Body], fields: Fields) -> Body:
    """Return the fields as a model. Raises ApiFault (400) that names the first field at fault."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        name = str(error.errors(include_url=False, include_input=False)[0]["loc"][0])
        raise ApiFault(400, f"Field {name} is missing or is not a text.") from None
