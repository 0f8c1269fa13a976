"""The variables of a settings model as rows: name, default, bounds, description. Read, never repeated."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from services.runtime.rehearsal import RehearsalKeySettings, RehearsalSettings
from services.runtime.settings import DatabaseSettings, KafkaSettings, ProofSettings, RoleSettings

# The one default that is made when a role starts.
HOST_NAME: Final = "the host's name"
SHARED: Final[tuple[type[RoleSettings], ...]] = (
    RoleSettings,
    KafkaSettings,
    DatabaseSettings,
    ProofSettings,
    RehearsalSettings,
    RehearsalKeySettings,
)


class Variable(NamedTuple):
    """One environment variable. `default` is None where the variable must be set."""

    name: str
    default: str | None
    secret: bool
    allowed: str
    description: str


def own(model: type[RoleSettings]) -> Iterator[Variable]:
    """Yield the variables that a model adds to the shared groups it is made of, or gives another default."""
    groups = [group for group in SHARED if group is not model and issubclass(model, group)]
    shared = {name: info.default for group in groups for name, info in group.model_fields.items()}
    for name, info in model.model_fields.items():
        if name not in shared or shared[name] != info.default:
            yield variable(name, info)


def variable(name: str, info: FieldInfo) -> Variable:
    """Return one field as a variable."""
    return Variable(name.upper(), _default(info), _is_secret(info), _allowed(info), info.description or "")


def _is_secret(info: FieldInfo) -> bool:
    return info.annotation is SecretStr


def _default(info: FieldInfo) -> str | None:
    if info.is_required():
        return None
    if info.default_factory is not None:
        return HOST_NAME
    return _text(info.default)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return value.get_secret_value()
        case bool():
            return str(value).lower()
        case StrEnum() | Path() | str():
            return str(value)
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _allowed(info: FieldInfo) -> str:
    if get_origin(info.annotation) is Literal:
        return ", ".join(str(choice) for choice in get_args(info.annotation))
    return _bounds(info.metadata)


def _bounds(metadata: Iterable[object]) -> str:
    words = {"ge": "from", "gt": "more than", "le": "to", "lt": "less than"}
    bounds = [(word, getattr(each, sign)) for each in metadata for sign, word in words.items() if hasattr(each, sign)]
    return " ".join(f"{word} {_text(bound)}" for word, bound in bounds)
