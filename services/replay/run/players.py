"""What a worker plays its part of the timeline into. `topic` is the request topic; another door is another Player."""

from abc import ABC, abstractmethod
from enum import StrEnum
from typing import Protocol

from services.replay.plan.spooled import Ready
from services.replay.run.pacing import Alarm, Timeline, Watch
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


class Paced(ABC):
    """What every player does alike: stand at a place of its share, and be woken when the next record is due."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._at = 0
        self._until = len(share.part)
        self._alarm: Alarm | None = None

    def begin(self, start_s: float) -> None:
        """Play from this wall-clock second on."""
        self._share.timeline.start_s = start_s
        self._alarm = Alarm(self._share.watch, self._play)
        if not self.over:
            self._alarm.set(self._share.timeline.next_s(0, start_s))

    def halt(self) -> None:
        """Hand over nothing more; what is under way goes on."""
        self._until = self._at

    @property
    def over(self) -> bool:
        """Whether everything was handed over, or it was halted."""
        return self._at >= self._until

    def _hush(self) -> None:
        self.halt()
        if self._alarm is not None:
            self._alarm.close()

    @abstractmethod
    def _play(self) -> None:
        """Hand over what is due, and set the alarm anew unless all is over."""
