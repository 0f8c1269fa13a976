"""What parent and worker say to each other: one JSON line each way at a time.

The worker says `ready`, then how far it is, at last what it used. The parent says `begin`, `halt` and `end`; the end
of its line means `end`, so that a worker never outlives it.
"""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

PROGRESS_S: Final = 0.25


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)

    def line(self) -> bytes:
        return self.model_dump_json(exclude_defaults=True).encode() + b"\n"


class Order(_Said):
    """What the parent wants. `begin`: play from `start_s` (wall clock). `halt`: hand over nothing more, wait for what
    is under way. `end`: write down what is known and end.
    """

    do: Literal["begin", "halt", "end"]
    start_s: float = 0.0


class Progress(_Said):
    """How far a worker is. `late_p99_ms` is of the records handed over since the last line; `cpu_s` since its start."""

    ready: bool = False
    over: bool = False
    ended: bool = False
    sent: int = 0
    acknowledged: int = 0
    failed: int = 0
    late_p99_ms: float = 0.0
    cpu_s: float = 0.0
    trouble: str = ""
