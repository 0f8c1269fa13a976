"""The two ways out of a partition: letters that filers caused, and letters of replays, which never hold the others up.

Each has lanes of its own, with its own queue, claims and connections.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.notifier.lanes import Lanes
from services.notifier.position import Delivery, Draft, State


class Ways(NamedTuple):
    """The lanes of one partition, by who caused a letter."""

    filers: Lanes
    replays: Lanes

    def of(self, letter: Draft | Delivery) -> Lanes:
        """Return the lanes that a letter leaves by."""
        return self.filers if letter.replay_run is None else self.replays

    async def room(self) -> None:
        """Wait until letters may be taken in hand as they come, each way for as long as it may be waited for."""
        for lanes in self:
            await lanes.room()

    def parted[Letter: (Draft, Delivery)](self, letters: Sequence[Letter]) -> Iterator[tuple[Lanes, list[Letter]]]:
        """Yield the lanes that have a part in these letters, with theirs."""
        for lanes in self:
            theirs = [letter for letter in letters if self.of(letter) is lanes]
            if theirs:
                yield lanes, theirs

    def unsure(self, letters: Sequence[Delivery]) -> None:
        """Say that nobody knows whether letters were born for us."""
        for lanes, theirs in self.parted(letters):
            lanes.unsure(theirs)

    def expecting(self, drafts: Sequence[Draft]) -> list[State]:
        """Return the state in which each letter is to be born: in hand where its lanes have room, and now expect it."""
        states = {lanes: lanes.expect({draft.delivery_id for draft in theirs}) for lanes, theirs in self.parted(drafts)}
        return [states[self.of(draft)] for draft in drafts]
