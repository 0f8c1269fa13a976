"""Reads a profile file. All its faults are told together, in words; its relative paths start where it stands."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.replay.outcome import Unusable
from services.replay.profile.profile import Profile


def load_profile(path: Path) -> Profile:
    """Read a profile file; its relative paths start where it stands. Raises Unusable with every fault at once."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Unusable(f"{path} does not exist: `ecflink replay init {path}` makes it") from None
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"{path} is not TOML: {error}") from None
    return checked(given, path)


def checked(given: dict[str, Any], path: Path) -> Profile:
    """Return the profile that these values make, its paths made absolute. Raises Unusable with every fault."""
    try:
        return Profile.model_validate(_placed(given, path.resolve().parent))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, each['loc']))}: {_words(each)}" for each in error.errors()]
        raise Unusable(f"{path} is no profile:\n" + "\n".join(faults)) from None


def _words(fault: Any) -> str:  # noqa: ANN401 - pydantic's own dictionary
    if fault["type"] == "extra_forbidden":
        return "is not known here"
    return "is missing" if fault["type"] == "missing" else str(fault["msg"]).removeprefix("Value error, ")


def _placed(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make the paths of `…_file` and `…_path`, and a Maildir's folder, absolute."""
    placed: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            placed[name] = _placed(value, folder)
        else:
            placed[name] = str(folder / Path(value).expanduser()) if _is_path(name, value) else value
    return placed


def _is_path(name: str, value: object) -> bool:
    if not isinstance(value, str):
        return False
    return name.endswith(("_file", "_path")) or (name == "mailbox" and "://" not in value)
