"""The player into topics: whatever is due is handed to Kafka's client at once, in the order of the timeline."""

from typing import Final

from services.replay.run.lanes import Lanes
from services.replay.run.players import Paced, Share
from services.runtime.settings import KafkaSettings

# So many records at most between two looks at the network: at full speed too, answers are read in time.
HAND_COUNT_MAX: Final = 500
FULL_PAUSE_S: Final = 0.001


class TopicPlayer(Paced):
    """See `players.Player`. `buffer_bytes_max` bounds what waits in the client while the broker stalls."""

    def __init__(self, settings: KafkaSettings, share: Share, *, topics: set[str], buffer_bytes_max: int) -> None:
        super().__init__(share)
        self._topics = topics
        self._lanes = Lanes(settings, share.sent, share.watch, buffer_bytes_max=buffer_bytes_max)

    async def start(self) -> None:
        """Connect to every broker that leads a partition. Raises Transient."""
        await self._lanes.start(self._topics)

    @property
    def trouble(self) -> str:
        """The last fault in words."""
        return self._lanes.trouble

    async def close(self) -> None:
        """End the client; what it has not sent is dropped."""
        self._hush()
        await self._lanes.close()

    def _play(self) -> None:
        share = self._share
        due = min(share.timeline.due(share.watch.now_s()), self._until)
        first, until = self._at, min(due, self._at + HAND_COUNT_MAX)
        self._at = self._hand(first, until)
        now_s = share.watch.now_s()
        share.sent.hand(first, self._at, now_s)
        if self.over or self._alarm is None:
            return
        if self._lanes.full:
            self._alarm.set(now_s + FULL_PAUSE_S)
        elif self._at < due:
            self._alarm.set(now_s)
        else:
            self._alarm.set(share.timeline.next_s(self._at, now_s))

    def _hand(self, first: int, until: int) -> int:
        lanes, part = self._lanes, self._share.part
        for position in range(first, until):
            if lanes.full:
                return position
            lanes.hand(position, part[position])
        return max(first, until)
