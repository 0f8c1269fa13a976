"""The rows of an import or export file: their fields, and what a row can have wrong by itself. No database here."""

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from services.auth.signon.accounts import Kind, Role, Status
from services.auth.signon.hashes import acceptable
from services.contract.fields import PRINTABLE, CourtId, Login, MailAddress, PacerAccount, PersonName
from services.ops.account_files import Fault, raw

__all__ = ["CmecfRow", "Fault", "PacerRow", "Row", "read", "sentence"]

# As the sign-in page takes them; nobody could type another one.
PASSWORD_CHARACTERS_MAX: Final = 128
# Rehearsal accounts share a few hashes, and to look at one costs more than all else in a row.
_HASH_COUNT: Final = 64
_COLUMNS: Final = (
    *("kind", "account_number", "court_id", "login", "password", "password_hash", "name", "email", "upgraded"),
    *("account_type", "status", "exempt", "case_search_only", "roles", "client_code_required", "client_codes", "role"),
)
_NOT_AS_IT_SHOULD_BE: Final = {
    "account_number": "is not 6 or 7 digits",
    "court_id": "is not a court id such as UTBK",
    "email": "is not a mail address",
    "login": "holds a control character",
    "name": "holds a control character",
    "password": "holds a control character",
    "client_codes": "a client code has 1 to 32 printable characters, no blank and no comma",
}
_EITHER: Final = "give either password or password_hash"


def _as_typed(text: str) -> str:
    if text != text.strip():
        raise ValueError("begins or ends with a space")
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@lru_cache(maxsize=_HASH_COUNT)
def _hash(text: str) -> str:
    fault = acceptable(text)
    if fault is not None:
        raise ValueError(fault)
    return text


def _listed(given: object) -> object:
    # In CSV a cell holds them all, with blanks or commas between.
    return given.replace(",", " ").split() if isinstance(given, str) else given


AsTyped = AfterValidator(_as_typed)
Password = Annotated[str, StringConstraints(min_length=1, max_length=PASSWORD_CHARACTERS_MAX, pattern=PRINTABLE)]
PasswordHash = Annotated[str, StringConstraints(max_length=512), AfterValidator(_hash)]
ClientCode = Annotated[str, StringConstraints(pattern=r"^[^\s,\x00-\x1f\x7f-\x9f\u2028\u2029]{1,32}$")]
"""At most 32 characters, no blank, no comma (domain notes, 3.3)."""


class _Row(BaseModel):
    """None in an optional field leaves what is known of the account as it is; a new account gets the usual."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    login: Annotated[Login, AsTyped]
    password: Password | None = Field(None, repr=False)
    password_hash: PasswordHash | None = Field(None, repr=False)
    name: Annotated[PersonName, AsTyped]
    status: Status | None = None


class PacerRow(_Row):
    """A PACER account. `account_type` is its kind; `client_codes` are those that the firm takes, empty for any."""

    kind: Literal["pacer"]
    account_number: PacerAccount
    email: MailAddress
    upgraded: bool
    account_type: Kind | None = None
    exempt: bool | None = None
    case_search_only: bool | None = None
    roles: Annotated[tuple[Role, ...] | None, BeforeValidator(_listed)] = None
    client_code_required: bool | None = None
    client_codes: Annotated[tuple[ClientCode, ...] | None, BeforeValidator(_listed)] = None

    @model_validator(mode="after")
    def _one_secret(self, info: ValidationInfo) -> Self:
        given = (self.password is not None) + (self.password_hash is not None)
        remote = bool(info.context and info.context["remote"])
        if given > 1 or (not given and not remote):
            raise ValueError(f"{_EITHER}; neither is possible where PACER_VERIFIER is remote")
        return self


class CmecfRow(_Row):
    """A court's CM/ECF account."""

    kind: Literal["cmecf"]
    court_id: CourtId
    email: MailAddress | None = None
    role: Role | None = None

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if (self.password is None) == (self.password_hash is None):
            raise ValueError(_EITHER)
        return self


Row = PacerRow | CmecfRow
_ROW: TypeAdapter[Row] = TypeAdapter(Annotated[Row, Field(discriminator="kind")])


def read(path: Path, *, remote: bool = False) -> tuple[list[tuple[int, Row]], list[Fault]]:
    """Return the rows of a file with their lines, and every fault that a row has by itself.

    `remote`: PACER passwords are verified elsewhere, and a PACER account may come without one.
    """
    rows: list[tuple[int, Row]] = []
    faults: list[Fault] = []
    for line, found in raw(path, _COLUMNS):
        if isinstance(found, Fault):
            faults.append(found)
            continue
        try:
            rows.append((line, _ROW.validate_python(found, context={"remote": remote})))
        except ValidationError as error:
            faults += [Fault(line, sentence(fault)) for fault in error.errors(include_input=False, include_url=False)]
    if not rows and not faults:
        faults.append(Fault(0, "the file holds no account"))
    return rows, faults


def sentence(fault: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails is not public
    """Return what is wrong with a field, as one line."""
    # `loc` may begin with the kind; what follows the field is an index or a type.
    name = next((str(part) for part in fault["loc"] if part not in {"pacer", "cmecf"}), "")
    match fault["type"]:
        case "missing":
            return f"{name}: is missing"
        case "extra_forbidden":
            return f"{name[:40]!r} is not a column of this kind"
        case "string_pattern_mismatch" if name in _NOT_AS_IT_SHOULD_BE:
            return f"{name}: {_NOT_AS_IT_SHOULD_BE[name]}"
        case "union_tag_invalid" | "union_tag_not_found":
            return "kind: is neither pacer nor cmecf"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{name}: {message}" if name else message
