"""The rows of an import file: reading CSV or JSON Lines, and checking each row by itself. No database here."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

import orjson
from argon2 import Type, extract_parameters
from argon2.exceptions import InvalidHashError
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from services.contract.fields import PRINTABLE, CourtId, Login, MailAddress, PacerAccount, PersonName

FILE_BYTES_MAX: Final = 512 * 1024 * 1024
# As the sign-in page takes them; nobody could type another one.
PASSWORD_CHARACTERS_MAX: Final = 128
HASH_MEMORY_KIB_MAX: Final = 64 * 1024
HASH_TIME_COST_MAX: Final = 8
HASH_PARALLELISM_MAX: Final = 4
_COLUMNS: Final = (
    "kind account_number court_id login password password_hash name email upgraded".split()  # noqa: SIM905 - one line
)
_NOT_AS_IT_SHOULD_BE: Final = {
    "account_number": "is not 6 or 7 digits",
    "court_id": "is not a court id such as UTBK",
    "email": "is not a mail address",
    "login": "holds a control character",
    "name": "holds a control character",
    "password": "holds a control character",
}


class Fault(NamedTuple):
    """What is wrong in a line of the file (1 is the first; 0 is the file as a whole)."""

    line: int
    reason: str


def _as_typed(text: str) -> str:
    if text != text.strip():
        raise ValueError("begins or ends with a space")
    return unicodedata.normalize("NFC", text)


def _phc(text: str) -> str:
    try:
        found = extract_parameters(text)
    except (InvalidHashError, ValueError):
        raise ValueError("is not an Argon2 PHC string ($argon2id$v=19$m=…)") from None
    bounded = (
        found.memory_cost <= HASH_MEMORY_KIB_MAX
        and found.time_cost <= HASH_TIME_COST_MAX
        and found.parallelism <= HASH_PARALLELISM_MAX
    )
    if found.type is not Type.ID or not bounded:
        raise ValueError(
            f"is not Argon2id within m={HASH_MEMORY_KIB_MAX}, t={HASH_TIME_COST_MAX}, p={HASH_PARALLELISM_MAX}"
        )
    return text


Password = Annotated[str, StringConstraints(min_length=1, max_length=PASSWORD_CHARACTERS_MAX, pattern=PRINTABLE)]
PasswordHash = Annotated[str, StringConstraints(max_length=512), AfterValidator(_phc)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    login: Annotated[Login, AfterValidator(_as_typed)]
    password: Password | None = Field(None, repr=False)
    password_hash: PasswordHash | None = Field(None, repr=False)
    name: Annotated[PersonName, AfterValidator(_as_typed)]

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if (self.password is None) == (self.password_hash is None):
            raise ValueError("give either password or password_hash")
        return self


class PacerRow(_Row):
    """A PACER account."""

    kind: Literal["pacer"]
    account_number: PacerAccount
    email: MailAddress
    upgraded: bool


class CmecfRow(_Row):
    """A court's CM/ECF account."""

    kind: Literal["cmecf"]
    court_id: CourtId
    email: MailAddress | None = None


Row = PacerRow | CmecfRow
_ROW: TypeAdapter[Row] = TypeAdapter(Annotated[Row, Field(discriminator="kind")])


def read(path: Path) -> tuple[list[tuple[int, Row]], list[Fault]]:
    """Return the rows of a file with their lines, and every fault that a row has by itself."""
    rows: list[tuple[int, Row]] = []
    faults: list[Fault] = []
    for line, found in _raw(path):
        if isinstance(found, Fault):
            faults.append(found)
            continue
        try:
            rows.append((line, _ROW.validate_python(found)))
        except ValidationError as error:
            faults += [Fault(line, _sentence(fault)) for fault in error.errors(include_input=False, include_url=False)]
    if not rows and not faults:
        faults.append(Fault(0, "the file holds no account"))
    return rows, faults


def _raw(path: Path) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    text = _text(path)
    if isinstance(text, Fault):
        yield text.line, text
    elif path.suffix.lower() in {".jsonl", ".ndjson", ".json"} or text.lstrip().startswith("{"):
        yield from _json_lines(text)
    else:
        yield from _csv_rows(text)


def _text(path: Path) -> str | Fault:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            return Fault(0, f"the file is larger than {FILE_BYTES_MAX // 1024 // 1024} MiB: split it")
        data = path.read_bytes()
    except OSError as error:
        return Fault(0, f"{path} cannot be read: {error.strerror or type(error).__name__}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Fault(line, f"not UTF-8 (byte 0x{data[error.start]:02x}): save the file as UTF-8 and import it again")


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield number, Fault(number, f"not JSON: {error.msg} at column {error.colno}")
            continue
        yield number, found if isinstance(found, dict) else Fault(number, "not a JSON object")


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if not header:
            return
        if fault := _header_fault(header):
            yield 1, fault
            return
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) > len(header) or (cells and len(cells) < len(header)):
                yield line, Fault(line, f"{len(cells)} fields, and the header names {len(header)}")
            elif cells:
                yield line, {name: cell for name, cell in zip(header, cells, strict=True) if cell != ""}
            line = reader.line_num + 1
    except csv.Error as error:
        yield line, Fault(line, f"not CSV: {error}")


def _header_fault(header: list[str]) -> Fault | None:
    unknown = [name for name in header if name not in _COLUMNS]
    if "kind" not in header or unknown or len(set(header)) < len(header):
        wrong = f"; unknown: {', '.join(repr(name[:40]) for name in unknown[:5])}" if unknown else ""
        return Fault(1, f"the first line must name the columns, separated by commas: {', '.join(_COLUMNS)}{wrong}")
    return None


def _sentence(fault: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails is not public
    name = str(fault["loc"][-1]) if fault["loc"] else ""
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
    return f"{name}: {message}" if name and name not in {"pacer", "cmecf"} else message
