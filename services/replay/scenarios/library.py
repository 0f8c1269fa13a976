"""Finding scenarios: those that come with ecflink, by name, and one's own, by path. What is wrong is said in words."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from services.replay.outcome import Unusable
from services.replay.scenarios.scenario import Scenario

_SUFFIX: Final = ".toml"
_BYTES_MAX: Final = 1024 * 1024
_SAID: Final = {"missing": "is missing", "extra_forbidden": "is no field of a scenario"}


class Found(NamedTuple):
    """A scenario with the name it goes by and the text of its file."""

    name: str
    text: str
    scenario: Scenario


def names() -> list[str]:
    """Return the names of the scenarios that come with this version."""
    return sorted(entry.name.removesuffix(_SUFFIX) for entry in _library().iterdir() if entry.name.endswith(_SUFFIX))


def find(name: str) -> Found:
    """Return a scenario by its name or by the path of its file. Raises Unusable."""
    if name in names():
        text = _library().joinpath(name + _SUFFIX).read_text(encoding="utf-8")
        return Found(name, text, parse(text, name))
    path = Path(name)
    if not path.is_file():
        raise Unusable(f"{name} is neither a file nor one of the scenarios {', '.join(names())}")
    text = _read(path)
    return Found(path.name.removesuffix(_SUFFIX), text, parse(text, name))


def parse(text: str, where: str) -> Scenario:
    """Return the scenario of a file's text. Raises Unusable with every fault, each in a line."""
    try:
        return Scenario.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Unusable(f"{where} is not TOML: {error}") from None
    except ValidationError as error:
        raise _cannot_be(where, error) from None


def scaled(found: Found, factor: float) -> Scenario:
    """Return a scenario at this scale. Raises Unusable where it cannot be at that size."""
    try:
        return found.scenario if factor == 1 else found.scenario.scaled(factor)
    except ValidationError as error:
        raise _cannot_be(f"{found.name} at scale {factor:g}", error) from None


def _cannot_be(what: str, error: ValidationError) -> Unusable:
    faults = [_sentence(fault) for fault in error.errors(include_url=False, include_input=False)]
    return Unusable("\n  ".join([f"{what} is no scenario that can be:", *faults]))


def _sentence(fault: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails is not public
    place = ".".join(str(part) for part in fault["loc"])
    message = _SAID.get(fault["type"]) or str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _BYTES_MAX:
            raise Unusable(f"{path} is larger than {_BYTES_MAX // 1024} KiB: that is no scenario file")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror or type(error).__name__}") from None
    except UnicodeDecodeError:
        raise Unusable(f"{path} is not UTF-8: save it as UTF-8") from None


def _library() -> Any:  # noqa: ANN401 - importlib's Traversable
    return files("services.replay.scenarios").joinpath("library")
