"""Patterns of values that are certainly valid, made from the contract's models, at a quarter of a model's cost.

A pattern takes what our own services write and no more; what it does not take is for the model to judge, so that it can
never change a finding. A test holds every pattern against its model.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin
from uuid import UUID

from pydantic import StringConstraints
from pydantic.fields import FieldInfo

from services.contract.deliveries import MailDelivered
from services.contract.fields import PRINTABLE, Event, MailAddress
from services.contract.logins import LoginAttempted
from services.contract.requests import LinkRequested, RequestKind
from services.contract.transactions import LinkTransaction

_HEX: Final = "[0-9a-f]"
_UUID: Final = f'"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"'
# Without the days that not every month has.
_TIME: Final = r'"20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z"'
_POSITIVE: Final = r"[1-9]\d{0,17}"
_PLAIN_LETTER: Final = r"[ !#-\[\]-~]"
_MAIL: Final = r'"[A-Za-z0-9._+-]{1,64}+@[A-Za-z0-9.-]{1,150}+"'
_MAIL_PATTERN: Final = get_args(MailAddress)[1].pattern

# An unlink has conditions of its own: it goes to the model. So do notices, whose fields depend on their kind.
_ONLY: Final[Mapping[type[Event], Mapping[str, str]]] = {
    LinkRequested: {"request": f'"{RequestKind.LINK.value}"'},
    LinkTransaction: {},
    MailDelivered: {},
    LoginAttempted: {},
}


@cache
def pattern_of(model: type[Event]) -> re.Pattern[bytes] | None:
    """Return the pattern of whole values of a model; None where there is none."""
    return re.compile(_object(model).encode()) if model in _ONLY else None


def _object(model: type[Event]) -> str:
    """Return the pattern of a model's fields in their order, those with a default optional but for the first."""
    parts = []
    for number, (name, field) in enumerate(model.model_fields.items()):
        value = _ONLY[model].get(name) or _value(field.annotation, field)
        member = f'{"," if number else ""}"{re.escape(name)}":{value}'
        parts.append(member if field.is_required() else f"(?:{member})?")
    return r"\{" + "".join(parts) + r"\}"


def _value(annotation: Any, field: FieldInfo) -> str:  # noqa: ANN401, PLR0911 - one line for each kind of type
    if get_origin(annotation) in {Union, UnionType}:
        return _value(next(each for each in get_args(annotation) if each is not type(None)), field)
    inner, *rules = get_args(annotation) if hasattr(annotation, "__metadata__") else (annotation, *field.metadata)
    if inner is str:
        return _text(next(_constraints(rules)))
    if issubclass(inner, Event):
        return _object(inner)
    if issubclass(inner, Enum):
        return "(?:" + "|".join(f'"{re.escape(each.value)}"' for each in inner) + ")"
    if inner is bool:
        return "(?:true|false)"
    if inner is int:
        return _POSITIVE
    return {UUID: _UUID, datetime: _TIME}.get(inner) or _time(annotation)


def _time(annotation: object) -> str:
    # pydantic's AwareDatetime is a type of its own.
    assert getattr(annotation, "__name__", "") == "AwareDatetime", annotation
    return _TIME


def _constraints(rules: list[Any]) -> Iterator[StringConstraints]:
    yield from (rule for rule in rules if isinstance(rule, StringConstraints))


def _text(rule: StringConstraints) -> str:
    if rule.pattern == PRINTABLE:
        # Possessive: what ends the text is none of its letters, so that going back is never of use.
        return f'"{_PLAIN_LETTER}{{{rule.min_length},{rule.max_length}}}+"'
    if rule.pattern == _MAIL_PATTERN:
        return _MAIL
    assert isinstance(rule.pattern, str)
    return f'"{rule.pattern.removeprefix("^").removesuffix("$")}"'
