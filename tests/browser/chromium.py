"""Where a Chromium is: named by CHROMIUM, on the PATH, installed by apt when we are root, or Playwright's own.

Nothing is downloaded but by apt.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APT_S_MAX: Final = 300


def find_chromium(playwright_own: str) -> str | None:
    """Return the path of an executable, or None. `playwright_own` is where Playwright would have put its own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return _on_path() or _from_apt() or (playwright_own if Path(playwright_own).exists() else None)


def _on_path() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def _from_apt() -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.run(
            ["apt-get", "--quiet", *command], env=environment, check=False, timeout=_APT_S_MAX, capture_output=True
        )
    return _on_path()
