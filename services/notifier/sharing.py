"""What the lanes of a partition are given: where deliveries are claimed and settled, and what all lanes share."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from services.notifier.meters import Meters
from services.notifier.outcomes import Rules
from services.notifier.position import Delivery, Position, Settled
from services.notifier.post import Post
from services.notifier.seals import Seals


class Deliveries(Protocol):
    """Where deliveries are claimed, begun and settled."""

    async def position(self, partition: int) -> Position: ...

    async def claim(self, partition: int, epoch: int, count_max: int, *, replays: bool) -> list[Delivery]: ...

    async def unclaim_strays(self, partition: int, epoch: int, held: Sequence[UUID], *, replays: bool) -> None: ...

    async def begin(self, epoch: int, deliveries: Sequence[Delivery]) -> set[UUID]: ...

    async def settle(self, position: Position, settled: Sequence[Settled]) -> int: ...


class Office(Protocol):
    """What the lanes of all partitions share in one process. `sink` takes the letters of replays, `post` all else."""

    post: Post
    sink: Post
    rules: Rules
    meters: Meters
    seals: Seals
    batch_count_max: int

    @property
    def deliveries(self) -> Deliveries: ...
