"""Looks at settings: those of the roles that were named, or whatever this environment holds enough of."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.ops.doctor.findings import Finding, error, fine, warning
from services.ops.roles import ROLES
from services.runtime.settings import RoleSettings, SettingsFault, load

_SECRET_MODE_OTHERS: Final = 0o007


def look_at_settings(names: Sequence[str]) -> list[Finding]:
    """Return what is wrong with the settings of each role named, fault by fault."""
    return [finding for role in ROLES if role.command in names for finding in _look(role.command, role.model)]


def look_at_files() -> list[Finding]:
    """Return which files that NAME_FILE variables name are missing or can be read by everybody."""
    found = []
    for name, path in sorted(os.environ.items()):
        if not name.endswith("_FILE") or not path or name.removesuffix("_FILE") not in _known():
            continue
        try:
            mode = Path(path).stat().st_mode
        except OSError as trouble:
            found.append(error(name, f"{path}: {trouble.strerror}", f"put the file there or correct {name}"))
            continue
        if mode & _SECRET_MODE_OTHERS and not path.startswith("/run/secrets/"):
            found.append(warning(name, f"{path} can be read by everybody", f"chmod o= {path}"))
    return found


def _look(name: str, model: type[RoleSettings]) -> list[Finding]:
    part = f"settings of {name}"
    try:
        load(model)
    except SettingsFault as faults:
        return [error(part, fault, "see docs/configuration.md") for fault in str(faults).splitlines()]
    return [fine(part, "complete")]


def _known() -> set[str]:
    return {name.upper() for role in ROLES for name in role.model.model_fields}
