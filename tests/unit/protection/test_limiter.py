"""Who waits, how long, and who never does: growing delays, known places, tickets, shares of address and court."""

import pytest

from services.auth.portal.ports import Busy, Client, Throttled
from services.auth.protection.limiter import CODES_PER_HOUR, TICKETS_PER_MINUTE
from services.auth.protection.settings import ProtectionSettings
from services.auth.protection.strangers import PLACE_COUNT_MAX
from services.auth.signon.attempts import address_prefix
from services.contract.throttles import ThrottleKind
from tests.unit.protection.conftest import ACCOUNT, OWNER, STRANGER, Scene


def throttled(scene: Scene, client: Client, *, known_place: bool = False, ticket: str = "") -> Throttled:
    with pytest.raises(Throttled) as caught:
        scene.limiter.admit(ACCOUNT, client, known_place=known_place, ticket=ticket)
    return caught.value


def attack(scene: Scene, count: int = 40, client: Client = STRANGER) -> None:
    """Wrong tries as often as they are admitted."""
    for _ in range(count):
        wait_s = scene.wait_of(client)
        scene.pass_time(wait_s)
        scene.try_wrong(client)


def test_first_wrong_tries_wait_for_nothing_then_delays_double(scene: Scene) -> None:
    waits = []
    for _ in range(13):
        waits.append(scene.wait_of(STRANGER))
        scene.pass_time(waits[-1])
        scene.try_wrong(STRANGER)
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_many_tries_at_once_count_before_they_are_told(scene: Scene) -> None:
    for _ in range(5):
        scene.limiter.admit(ACCOUNT, STRANGER, known_place=False)
    assert throttled(scene, STRANGER).retry_after_s == 1


def test_try_that_is_never_told_of_counts_for_seconds_only(scene: Scene) -> None:
    for _ in range(5):
        scene.limiter.admit(ACCOUNT, OWNER, known_place=True)
    assert scene.wait_of(OWNER, known_place=True) == 1
    scene.pass_time(10)
    for _ in range(4):
        scene.limiter.admit(ACCOUNT, OWNER, known_place=True)


@pytest.mark.parametrize("known_place", [True, False])
def test_try_that_nobody_could_decide_counts_for_nothing(scene: Scene, *, known_place: bool) -> None:
    for _ in range(20):
        scene.limiter.admit(ACCOUNT, OWNER, known_place=known_place)
        scene.limiter.untried(ACCOUNT, OWNER)
    assert scene.wait_of(OWNER, known_place=known_place) == 0


def test_right_try_forgets_the_place_s_wrong_ones(scene: Scene) -> None:
    for _ in range(5):
        scene.try_wrong(OWNER, known_place=True)
    scene.pass_time(1)
    scene.limiter.admit(ACCOUNT, OWNER, known_place=True)
    scene.limiter.succeeded(ACCOUNT, OWNER)
    assert scene.wait_of(OWNER, known_place=True) == 0


def test_known_place_does_not_wait_for_strangers(scene: Scene) -> None:
    attack(scene)
    scene.verdicts[ThrottleKind.ACCOUNT, ACCOUNT] = scene.moment.replace(hour=23)
    assert scene.wait_of(Client("203.0.113.1")) == 60
    assert scene.wait_of(OWNER, known_place=True) == 0


def test_known_place_waits_for_its_own_wrong_tries(scene: Scene) -> None:
    for _ in range(6):
        scene.pass_time(scene.wait_of(OWNER, known_place=True))
        scene.try_wrong(OWNER, known_place=True)
    assert scene.wait_of(OWNER, known_place=True) == 2
    assert scene.wait_of(STRANGER) == 0, "wrong tries at a known place slow nobody else"


def test_other_accounts_are_not_slowed(scene: Scene) -> None:
    attack(scene)
    assert scene.wait_of(STRANGER, account="somebody.else") == 0


@pytest.mark.parametrize("account", ["unknown:0123456789abcdef", "quinn.harper"])
def test_name_that_no_account_has_waits_like_any_other(scene: Scene, account: str) -> None:
    for _ in range(5):
        scene.try_wrong(STRANGER, account=account)
    assert scene.wait_of(STRANGER, account=account) == 1


@pytest.mark.parametrize("kind,subject", [(ThrottleKind.ACCOUNT, ACCOUNT), (ThrottleKind.ADDRESS, "198.51.100.0/24")])
def test_guard_s_throttle_holds_strangers_for_no_longer_than_the_bound(
    scene: Scene, kind: ThrottleKind, subject: str
) -> None:
    scene.verdicts[kind, subject] = scene.moment.replace(hour=23)
    assert scene.wait_of(STRANGER) == 60


def test_ticket_is_admitted_after_its_time_whatever_others_do(scene: Scene) -> None:
    attack(scene)
    ticket = throttled(scene, OWNER).ticket
    attack(scene, 3, Client("203.0.113.50"))
    scene.pass_time(60)
    scene.limiter.admit(ACCOUNT, OWNER, known_place=False, ticket=ticket)


def test_ticket_brought_too_early_is_given_back_with_the_rest_of_the_wait(scene: Scene) -> None:
    attack(scene)
    first = throttled(scene, OWNER)
    scene.pass_time(20)
    again = throttled(scene, OWNER, ticket=first.ticket)
    assert again.ticket == first.ticket
    assert again.retry_after_s == first.retry_after_s - 20


def test_ticket_is_worth_one_try(scene: Scene) -> None:
    attack(scene)
    ticket = throttled(scene, OWNER).ticket
    scene.pass_time(60)
    scene.try_wrong(OWNER, ticket=ticket)
    assert throttled(scene, OWNER, ticket=ticket).ticket != ticket


def test_ticket_of_another_place_or_account_is_none(scene: Scene) -> None:
    attack(scene)
    ticket = throttled(scene, STRANGER).ticket
    assert throttled(scene, OWNER, ticket=ticket).ticket != ticket
    assert throttled(scene, STRANGER, ticket=ticket).ticket == ticket


@pytest.mark.parametrize("ticket", ["x", "..", "a.b.c", "ä" * 10, "f" * 5000, "ffffffffff.id.", "\x00.\x00.\x00"])
def test_forged_ticket_is_as_none(scene: Scene, ticket: str) -> None:
    attack(scene)
    assert throttled(scene, OWNER, ticket=ticket).ticket != ticket


def test_ticket_is_worth_nothing_after_five_minutes(scene: Scene) -> None:
    attack(scene)
    ticket = throttled(scene, OWNER).ticket
    scene.pass_time(60 + 301)
    attack(scene, 1)
    assert throttled(scene, OWNER, ticket=ticket).ticket != ticket


def test_collected_tickets_do_not_speed_up_guessing_from_one_place(scene: Scene) -> None:
    attack(scene)
    tickets = [throttled(scene, STRANGER).ticket for _ in range(50)]
    scene.pass_time(60)
    admitted = 0
    for ticket in tickets:
        try:
            scene.try_wrong(STRANGER, ticket=ticket)
        except Throttled:
            continue
        admitted += 1
    assert admitted <= TICKETS_PER_MINUTE + 1


def test_address_has_its_share_of_a_minute() -> None:
    scene = Scene(settings=ProtectionSettings(sign_in_address_per_minute=3))
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        scene.limiter.before(Client(address), "UTBK")
    with pytest.raises(Busy) as busy:
        scene.limiter.before(Client("192.0.2.4"), "UTBK")
    assert busy.value.retry_after_s == 60
    scene.limiter.before(Client("203.0.113.1"), "UTBK")
    scene.pass_time(60)
    scene.limiter.before(Client("192.0.2.4"), "UTBK")


def test_court_has_its_share_of_a_second() -> None:
    scene = Scene(settings=ProtectionSettings(sign_in_court_per_second=2))
    for number in range(2):
        scene.limiter.before(Client(f"192.0.{number}.1"), "UTBK")
    with pytest.raises(Busy):
        scene.limiter.before(Client("192.0.9.1"), "UTBK")
    scene.limiter.before(Client("192.0.9.1"), "CTBK")


def stranger_s(scene: Scene, client: Client, ticket: str = "") -> int:
    """Return the seconds that a stranger has to wait without being looked at."""
    found = scene.limiter.stranger(ACCOUNT, client, ticket)
    return found.retry_after_s if found else 0


@pytest.mark.parametrize("ticket", ["x", "1.2.3", "~", "a" * 1000, "\u2603"])
def test_stranger_is_one_whatever_stands_for_the_ticket(scene: Scene, ticket: str) -> None:
    attack(scene)
    throttled(scene, OWNER)
    assert stranger_s(scene, OWNER, ticket) == 60


def test_stranger_is_looked_at_when_the_ticket_is_due(scene: Scene) -> None:
    attack(scene)
    ticket = throttled(scene, OWNER).ticket
    scene.pass_time(20)
    scene.limiter.learn(ACCOUNT, [])
    scene.limiter.failed(ACCOUNT, STRANGER, None)
    assert stranger_s(scene, OWNER, ticket) == 40
    scene.pass_time(40)
    assert stranger_s(scene, OWNER) == 20
    assert scene.limiter.stranger(ACCOUNT, OWNER, ticket) is None


def test_throttled_stranger_is_known_as_one_for_a_while(scene: Scene) -> None:
    attack(scene)
    throttled(scene, OWNER)
    assert stranger_s(scene, OWNER) == 60
    assert stranger_s(scene, Client("203.0.113.50")) == 0
    scene.pass_time(59)
    attack(scene, 1)
    scene.pass_time(1)
    assert stranger_s(scene, OWNER) == 0


def test_address_alone_makes_nobody_a_stranger(scene: Scene) -> None:
    scene.verdicts[ThrottleKind.ADDRESS, address_prefix(STRANGER.address)] = scene.moment.replace(hour=23)
    scene.limiter.learn(ACCOUNT, [])
    throttled(scene, STRANGER)
    assert stranger_s(scene, STRANGER) == 0
    scene.verdicts[ThrottleKind.ACCOUNT, ACCOUNT] = scene.moment.replace(hour=23)
    assert stranger_s(scene, STRANGER) == 60


def test_address_alone_is_no_reason_to_ask_where_an_account_is_known(scene: Scene) -> None:
    scene.verdicts[ThrottleKind.ADDRESS, address_prefix(STRANGER.address)] = scene.moment.replace(hour=23)
    assert not scene.limiter.worth_learning(ACCOUNT, STRANGER)


def test_throttled_known_place_is_never_taken_for_a_stranger(scene: Scene) -> None:
    for _ in range(6):
        scene.pass_time(scene.wait_of(OWNER, known_place=True))
        scene.try_wrong(OWNER, known_place=True)
    throttled(scene, OWNER, known_place=True)
    assert stranger_s(scene, OWNER) == 0


def test_stranger_whose_wait_is_over_is_looked_at_again(scene: Scene) -> None:
    for _ in range(5):
        scene.try_wrong(STRANGER)
    throttled(scene, OWNER)
    scene.pass_time(1)
    assert stranger_s(scene, OWNER) == 0


def test_stranger_who_got_in_is_none_any_more(scene: Scene) -> None:
    attack(scene)
    ticket = throttled(scene, OWNER).ticket
    scene.pass_time(60)
    attack(scene, 1)
    throttled(scene, OWNER)
    scene.limiter.admit(ACCOUNT, OWNER, known_place=False, ticket=ticket)
    scene.limiter.succeeded(ACCOUNT, OWNER)
    assert stranger_s(scene, OWNER) == 0


def test_codes_of_a_second_factor_have_their_share_of_an_hour_whatever_tickets_are_brought(scene: Scene) -> None:
    for _ in range(CODES_PER_HOUR):
        scene.limiter.guess(ACCOUNT, known_place=False)
    with pytest.raises(Throttled) as caught:
        scene.limiter.guess(ACCOUNT, known_place=False)
    assert caught.value.retry_after_s > 3000
    scene.limiter.guess(ACCOUNT, known_place=True)
    scene.pass_time(3600)
    scene.limiter.guess(ACCOUNT, known_place=False)


def test_account_whose_places_were_learnt_holds_strangers_everywhere_else(scene: Scene) -> None:
    attack(scene)
    assert scene.limiter.worth_learning(ACCOUNT, STRANGER)
    scene.limiter.learn(ACCOUNT, [address_prefix(OWNER.address)])
    assert not scene.limiter.worth_learning(ACCOUNT, STRANGER)
    assert stranger_s(scene, STRANGER) == 60
    assert stranger_s(scene, OWNER) == 0


def test_what_was_learnt_is_asked_for_again_after_a_minute(scene: Scene) -> None:
    attack(scene)
    scene.limiter.learn(ACCOUNT, [])
    scene.pass_time(59)
    scene.limiter.failed(ACCOUNT, STRANGER, None)
    assert stranger_s(scene, OWNER) > 0
    scene.pass_time(1)
    assert stranger_s(scene, OWNER) == 0
    assert scene.limiter.worth_learning(ACCOUNT, OWNER)


def test_place_where_somebody_got_in_is_known_at_once(scene: Scene) -> None:
    attack(scene)
    scene.limiter.learn(ACCOUNT, [])
    scene.limiter.succeeded(ACCOUNT, OWNER)
    assert stranger_s(scene, OWNER) == 0
    assert stranger_s(scene, STRANGER) > 0


def test_account_that_nobody_attacks_is_not_asked_for(scene: Scene) -> None:
    assert not scene.limiter.worth_learning(ACCOUNT, STRANGER)


@pytest.mark.parametrize("over", [0, 1])
def test_account_known_at_very_many_places_is_looked_at_each_time(scene: Scene, *, over: int) -> None:
    attack(scene)
    scene.limiter.learn(ACCOUNT, map(str, range(PLACE_COUNT_MAX + over)))
    assert (stranger_s(scene, STRANGER) == 0) == bool(over)
