"""Whether there is room: full lanes, a busy loop, shares; and what is turned away is counted."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from services.auth.metrics import Metrics
from services.auth.portal.ports import Throttled
from services.auth.protection.lag import LOOK_COUNT, LOOK_S, Lag
from services.auth.protection.room import LAG_S_MAX, Room
from services.auth.signon.attempts import Attempts, address_prefix
from services.auth.signon.passwords import HASHER, Lane, normalized
from services.contract.logins import Credential, LoginAttempted, LoginOutcome
from services.contract.throttles import ThrottleKind
from tests.unit.protection.conftest import ACCOUNT, OWNER, STRANGER, Scene

_HASH = HASHER.hash(normalized("x"))


@pytest.fixture
def lane() -> Iterator[Lane]:
    made = Lane("room", threads=1, dummy_hash=_HASH, queue_count_max=1)
    yield made
    made.close()


@pytest.fixture
def room(scene: Scene, lane: Lane) -> Room:
    attempts = Attempts(b"f" * 40, Metrics(CollectorRegistry()), lambda: datetime(2026, 11, 25, tzinfo=UTC))
    return Room(scene.limiter, lane, attempts, Lag())


def told(room: Room) -> dict[LoginOutcome, int]:
    room.attempts.sum_shed()
    events = [LoginAttempted.model_validate_json(row.value) for row in room.attempts.take(10)]
    return {event.outcome: event.attempts for event in events}


async def test_with_room_nobody_waits_and_nothing_is_counted(room: Room) -> None:
    assert room.wait_s(STRANGER, "UTBK") == 0
    assert told(room) == {}


async def test_full_lane_has_no_room(room: Room, lane: Lane) -> None:
    waiting = [asyncio.ensure_future(lane.verify(_HASH, "y")) for _ in range(2)]
    await asyncio.sleep(0)
    assert room.wait_s(STRANGER, "UTBK") == 3
    await asyncio.gather(*waiting)
    assert room.wait_s(STRANGER, "UTBK") == 0
    assert told(room) == {LoginOutcome.SHED: 1}


async def test_loop_that_is_behind_has_no_room(room: Room) -> None:
    async with room.lag:
        for _ in range(4 * LOOK_COUNT):  # a look comes at every third turn of the loop
            time.sleep(LAG_S_MAX / 2)  # noqa: ASYNC251 - the loop is held up: that is what is looked at
            await asyncio.sleep(0)
        assert room.wait_s(STRANGER, "UTBK") == 3


async def test_loop_that_was_held_up_once_has_room(room: Room) -> None:
    async with room.lag:
        await asyncio.sleep(2 * LOOK_S)
        time.sleep(0.2)  # noqa: ASYNC251
        await asyncio.sleep(2 * LOOK_S)
        assert room.wait_s(STRANGER, "UTBK") == 0


async def test_address_that_had_its_share_has_no_room(room: Room, scene: Scene) -> None:
    for _ in range(scene.settings.sign_in_address_per_minute):
        scene.limiter.before(STRANGER, None)
    assert room.wait_s(STRANGER, "UTBK") == 60
    assert room.wait_s(OWNER, "UTBK") == 0


@pytest.mark.parametrize("known", [True, False])
async def test_throttled_stranger_is_held_under_either_name(room: Room, scene: Scene, *, known: bool) -> None:
    account = ACCOUNT if known else room.attempts.unknown("pacer", ACCOUNT)  # type: ignore[arg-type]  # its value
    for _ in range(5):
        scene.try_wrong(STRANGER, account=account)
    with pytest.raises(Throttled):
        scene.limiter.admit(account, STRANGER, known_place=False)
    wait_s, ticket = room.held(ACCOUNT, STRANGER, "")
    assert wait_s == 1
    assert room.held("somebody.else", STRANGER, "") == (0, "")
    scene.pass_time(1)
    scene.limiter.admit(account, STRANGER, known_place=False, ticket=ticket)
    assert told(room) == {LoginOutcome.THROTTLED: 1}


def test_ticket_of_a_remote_sign_on_is_not_lost(room: Room, scene: Scene) -> None:
    for _ in range(5):
        scene.try_wrong(STRANGER)
    with pytest.raises(Throttled):
        scene.limiter.admit(ACCOUNT, STRANGER, known_place=False)
    _, ticket = room.held(ACCOUNT, STRANGER, "stale~of the other")
    assert ticket.endswith("~of the other")
    assert not ticket.startswith("stale")


def test_account_is_held_however_its_login_is_spelled(room: Room, scene: Scene) -> None:
    account, typed = "jos\u00e9", "jose\u0301"
    for _ in range(5):
        scene.try_wrong(STRANGER, account=account)
    with pytest.raises(Throttled):
        scene.limiter.admit(account, STRANGER, known_place=False)
    assert room.held(typed, STRANGER, "")[0] == 1


@dataclass
class Known:
    """Learns at once: the account is known at these places, and a name that no account has nowhere."""

    scene: Scene
    prefixes: list[str]

    def learn(self, login: str, accounts: Sequence[str]) -> None:  # noqa: ARG002 - a port's signature
        for account in accounts:
            self.scene.limiter.learn(account, self.prefixes)


@pytest.fixture
def guarded(room: Room, scene: Scene) -> Room:
    """The room while the guard throttles the stranger's network, and the account is known at its owner's place."""
    scene.verdicts[ThrottleKind.ADDRESS, address_prefix(STRANGER.address)] = scene.moment.replace(hour=23)
    return replace(room, places=Known(scene, [address_prefix(OWNER.address)]))


@pytest.mark.parametrize("exists", [True, False])
def test_throttled_network_is_told_the_same_of_every_name(guarded: Room, scene: Scene, *, exists: bool) -> None:
    account = ACCOUNT if exists else guarded.attempts.unknown(Credential.PACER, ACCOUNT)
    guarded.held(ACCOUNT, STRANGER, "")
    assert guarded.held(ACCOUNT, STRANGER, "") == (0, "")
    with pytest.raises(Throttled) as first:
        scene.limiter.admit(account, STRANGER, known_place=False)
    scene.pass_time(60)
    assert guarded.held(ACCOUNT, STRANGER, first.value.ticket) == (0, "")
    scene.limiter.admit(account, STRANGER, known_place=False, ticket=first.value.ticket)


def test_owner_who_got_in_at_a_throttled_network_is_held_there_no_more(guarded: Room, scene: Scene) -> None:
    guarded.held(ACCOUNT, STRANGER, "")
    with pytest.raises(Throttled) as first:
        scene.limiter.admit(ACCOUNT, STRANGER, known_place=False)
    scene.pass_time(60)
    guarded.held(ACCOUNT, STRANGER, first.value.ticket)  # learns anew where the account is known
    scene.limiter.admit(ACCOUNT, STRANGER, known_place=False, ticket=first.value.ticket)
    scene.limiter.succeeded(ACCOUNT, STRANGER)
    assert guarded.held(ACCOUNT, STRANGER, "") == (0, "")


@dataclass
class Asked:
    """Notes what is to be learnt."""

    logins: list[str] = field(default_factory=list)

    def learn(self, login: str, accounts: Sequence[str]) -> None:
        assert login in accounts
        self.logins.append(login)


def test_places_of_an_attacked_account_are_asked_for_until_they_are_learnt(room: Room, scene: Scene) -> None:
    asked = Asked()
    room = replace(room, places=asked)
    room.held(ACCOUNT, STRANGER, "")
    assert asked.logins == []
    for _ in range(6):
        scene.limiter.failed(ACCOUNT, STRANGER, None)
    room.held(ACCOUNT, OWNER, "")
    assert asked.logins == [ACCOUNT]
    scene.limiter.learn(ACCOUNT, [])
    assert room.held(ACCOUNT, OWNER, "")[0] == 2
    assert asked.logins == [ACCOUNT]
