"""What letters are born as: begun, in hand, or for later."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from prometheus_client import CollectorRegistry

from services.contract.deliveries import LetterKind
from services.notifier.lanes import BEGUN_COUNT_MAX, Lanes
from services.notifier.meters import Meters
from services.notifier.outbox import Outbox
from services.notifier.outcomes import Answer
from services.notifier.position import Delivery, Position, Settled
from services.notifier.post import Post
from services.runtime.health import Health
from services.runtime.patience import Patience

FEW = {UUID(int=number) for number in range(3)}
MANY = {UUID(int=number) for number in range(BEGUN_COUNT_MAX + 1)}


class Idle:
    """A connection that nothing is sent on."""

    usable = True
    open = True

    async def send(self, recipient: str, message: bytes) -> Answer:
        raise AssertionError((recipient, message))

    async def close(self) -> None:
        """Nothing to say goodbye to."""


async def connected() -> Idle:
    return Idle()


@pytest.fixture
async def post() -> Post:
    """One connection, at hand."""
    made = Post(connected, Meters(CollectorRegistry()).smtp_up, count=1)
    made.release(await made.acquire())
    return made


@pytest.fixture
async def lanes(post: Post) -> Lanes:
    """Lanes without a backlog."""
    office: Any = SimpleNamespace(post=post, meters=Meters(CollectorRegistry()))
    # What is sent, claimed or told is no matter here.
    made = Lanes(office, Position(0, 1, 1, 0, None, 0), cast("Outbox", None), Patience(Health(), "lanes"))
    made.backlog = False
    return made


class Store:
    """Deliveries of which nothing is due. A give-back waits until it is let go on; what is settled is remembered."""

    def __init__(self) -> None:
        self.giving_back = asyncio.Event()
        self.let_go = asyncio.Event()
        self.settled: list[Settled] = []
        self.claimable: list[Delivery] = []

    async def unclaim_strays(self, *_: object, replays: bool) -> None:  # noqa: ARG002
        self.giving_back.set()
        await self.let_go.wait()

    async def claim(self, *_: object, replays: bool) -> list[Delivery]:  # noqa: ARG002
        return self.claimable

    async def settle(self, _: Position, settled: Sequence[Settled]) -> int:
        self.settled += settled
        return len(settled)


@pytest.fixture
async def store(lanes: Lanes) -> Store:
    made = Store()
    cast("Any", lanes._office).deliveries = made  # noqa: SLF001
    return made


def letter(*, begun: bool = False) -> Delivery:
    return Delivery(uuid4(), 1, uuid4(), LetterKind.RECORD, "a@example.org", b"k", None, b"m", begun=begun)


async def test_few_letters_are_begun_where_a_connection_waits(lanes: Lanes) -> None:
    assert lanes.expect(FEW) == "transmitting"


async def test_many_letters_are_not_begun_at_their_birth(lanes: Lanes, post: Post) -> None:
    for _ in range(50):
        post.took(0.0)
    assert lanes.expect(MANY) == "claimed"


async def test_letters_to_a_slow_server_are_not_begun_at_their_birth(lanes: Lanes, post: Post) -> None:
    post.took(10.0)
    assert lanes.expect(FEW) == "claimed"


async def test_letters_behind_others_are_not_begun_at_their_birth(lanes: Lanes) -> None:
    lanes.add([letter()])
    assert lanes.expect(FEW) == "claimed"


async def test_nothing_is_born_in_hand_before_an_unknown_outcome_is_sorted_out(lanes: Lanes) -> None:
    lanes.unsure([letter(begun=True)])
    lanes.backlog = False
    assert lanes.expect(FEW) == "queued"


async def test_letters_are_not_begun_while_all_connections_are_taken(lanes: Lanes, post: Post) -> None:
    await post.acquire()
    assert lanes.expect(FEW) == "claimed"


async def test_nothing_is_born_in_hand_while_what_is_in_doubt_is_given_back(lanes: Lanes, store: Store) -> None:
    lanes.unsure([letter()])
    feeding = asyncio.create_task(lanes.run())
    await store.giving_back.wait()
    lanes.backlog = False
    assert lanes.expect(FEW) == "queued"
    store.let_go.set()
    await asyncio.sleep(0)
    feeding.cancel()
    await asyncio.gather(feeding, return_exceptions=True)


async def test_copy_of_a_letter_that_is_in_hand_is_not_given_back(lanes: Lanes, store: Store) -> None:
    first = letter(begun=True)
    lanes.add([first])
    lanes.unsure([first])
    store.let_go.set()
    await lanes._claim(1)  # noqa: SLF001
    assert store.settled == []


async def test_letter_that_is_in_hand_is_not_taken_in_hand_again(lanes: Lanes) -> None:
    first = letter()
    lanes.add([first])
    lanes.add([first])
    assert len(lanes._queue) == 1  # noqa: SLF001
