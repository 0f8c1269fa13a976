"""The two ways out of a partition: letters that filers caused, and letters of replays, which never hold the others up.

Each has lanes of its own, with its own queue, claims and connections.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from services.notifier.lanes import Lanes
from services.notifier.position import Draft

State = Literal["claimed", "queued"]


class Ways(NamedTuple):
    """The lanes of one partition, by who caused a letter."""

    filers: Lanes
    replays: Lanes

    def of(self, draft: Draft) -> Lanes:
        """Return the lanes that a letter leaves by."""
        return self.filers if draft.replay_run is None else self.replays

    async def room(self) -> None:
        """Wait until letters may be taken in hand as they come, each way for as long as it may be waited for."""
        for lanes in self:
            await lanes.room()

    def parted(self, drafts: Sequence[Draft]) -> Iterator[tuple[Lanes, set[UUID]]]:
        """Yield the lanes that have a part in these letters, with the ids of theirs."""
        for lanes in self:
            ids = {draft.delivery_id for draft in drafts if self.of(draft) is lanes}
            if ids:
                yield lanes, ids

    def unsure(self, drafts: Sequence[Draft]) -> None:
        """Say that nobody knows whether letters were claimed for us."""
        for lanes, ids in self.parted(drafts):
            lanes.unsure(ids)

    def expecting(self, drafts: Sequence[Draft]) -> list[State]:
        """Return the state in which each letter is to be born: claimed where its lanes have room, and now expect it."""
        ready = {lanes: lanes.expect(ids) for lanes, ids in self.parted(drafts)}
        return ["claimed" if ready[self.of(draft)] else "queued" for draft in drafts]
