"""Files that are generated from the code and checked in: written, or held against the code and told stale."""

from pathlib import Path
from typing import Final

from services.runtime.screen import say, warn

EXIT_STALE: Final = 1


def settle(path: Path, text: str, *, check: bool, command: str) -> int:
    """Write the file, or with `check` only compare it. Returns the exit code; a stale file is told with its remedy."""
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        say(f"wrote {path}")
        return 0
    try:
        fresh = path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        fresh = False
    if not fresh:
        warn(f"{path} is stale: run `{command}` and commit it")
    return 0 if fresh else EXIT_STALE
