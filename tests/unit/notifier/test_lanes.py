"""What letters are born as: begun, in hand, or for later."""

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
from services.notifier.position import Delivery, Position
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
