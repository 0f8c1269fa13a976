"""What the doctor says: one finding per thing looked at, and for a fault what mends it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from services.runtime.faults import Halt, Transient


class Level(StrEnum):
    """How bad it is. Only an error makes the doctor fail."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `fix` is empty where nothing is wrong."""

    part: str
    level: Level
    finding: str
    fix: str = ""


def fine(part: str, finding: str) -> Finding:
    return Finding(part, Level.OK, finding)


def warning(part: str, finding: str, fix: str) -> Finding:
    return Finding(part, Level.WARNING, finding, fix)


def error(part: str, finding: str, fix: str) -> Finding:
    return Finding(part, Level.ERROR, finding, fix)


async def examined(part: str, look: Callable[[], Awaitable[list[Finding]]], *, fix: str) -> list[Finding]:
    """Return what a look finds, or that the server could not be looked at."""
    try:
        return await look()
    except (Transient, Halt) as trouble:
        return [error(part, str(trouble), fix)]
