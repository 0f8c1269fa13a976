"""What a worker plays its part of the timeline into. `topic` is the request topic; another door is another Player."""

from enum import StrEnum
from typing import Protocol

from services.replay.plan.spooled import Ready
from services.replay.run.pacing import Timeline, Watch
from services.replay.run.sent import Sent


class Into(StrEnum):
    """Where a replay goes in."""

    TOPIC = "topic"
    FRONT_DOOR = "front-door"


class Part(Protocol):
    """One worker's share: its ready records in the order of the timeline."""

    def __len__(self) -> int: ...

    def __getitem__(self, position: int, /) -> Ready: ...


class Share:
    """What a player works on: records, instants, the watch, and the book in which it notes what became of each."""

    def __init__(self, part: Part, timeline: Timeline, sent: Sent) -> None:
        self.part = part
        self.timeline = timeline
        self.sent = sent
        self.watch = Watch()


class Player(Protocol):
    """Plays a share open loop: at its instant each record goes, an answer is never waited for."""

    async def start(self) -> None:
        """Connect. Raises Transient."""

    def begin(self, start_s: float) -> None:
        """Play from this wall-clock second on."""

    def halt(self) -> None:
        """Hand over nothing more; what is under way may still be answered."""

    @property
    def over(self) -> bool:
        """Whether everything was handed over, or it was halted."""

    @property
    def trouble(self) -> str:
        """The last fault in words; empty where there was none."""

    async def close(self) -> None:
        """Let go of what is not answered."""
