"""What an operator may wish of an account, and what became of it."""

from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from services.auth.signon.accounts import Kind, Role, Status

PACER_NAMES: Final = (
    *("name", "email", "upgraded", "account_type", "status", "exempt", "case_search_only", "roles"),
    *("client_code_required", "client_codes"),
)
CMECF_NAMES: Final = ("name", "email", "role", "status")


class NotEdited(Exception):
    """The account stays as it was; the message says why and what to do."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be changed; None leaves a field as it is."""

    name: str | None = None
    email: str | None = None
    status: Annotated[Status | None, Parameter(help="`disabled` ends all use; `inactive` the case search.")] = None
    account_type: Annotated[Kind | None, Parameter(help="The kind of a PACER account.")] = None
    role: Annotated[tuple[Role, ...] | None, Parameter(help="Once per role; a CM/ECF account has one.")] = None
    upgraded: bool | None = None
    exempt: bool | None = None
    case_search_only: bool | None = None
    client_code_required: bool | None = None
    client_code: Annotated[tuple[str, ...] | None, Parameter(help="Codes that the firm takes, once per code.")] = None

    def told(self, *, pacer: bool) -> dict[str, object]:
        """Return what is wished, by the names of the import's columns."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        wished = {name: value for name, value in given.items() if value is not None}
        if "client_code" in wished:
            wished["client_codes"] = wished.pop("client_code")
        if pacer and "role" in wished:
            wished["roles"] = wished.pop("role")
        elif "role" in wished:
            wished["role"] = _one(wished["role"])
        return wished


def _one(roles: Any) -> Role:  # noqa: ANN401 - what the dataclass holds
    if len(roles) != 1:
        raise NotEdited("a CM/ECF account has one role")
    role: Role = roles[0]
    return role


@dataclass(frozen=True, kw_only=True)
class Order:
    """One edit: which account, what to change, who orders it. `court_id` is empty for a PACER account."""

    account: str
    court_id: str
    wish: Wish
    password: str | None
    by: str
    at: datetime
    breached_path: Path | None = None


@dataclass(frozen=True)
class Edited:
    """What was changed: each field's old and new value; whether the password was; how many sessions ended."""

    changes: dict[str, tuple[object, object]]
    password: bool
    sessions: int
