"""Whatever strangers do, nobody is locked out: the promises of the limiter, against any sequence of tries."""

from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from services.auth.portal.ports import Client, Throttled
from tests.unit.protection.conftest import ACCOUNT, OWNER, Scene

DELAY_S_MAX: Final = 60
NEWCOMER: Final = Client("203.0.113.77")

# A stranger's move: from which of four networks, how many seconds later, with the ticket that was given there or not,
# and whether the guard has throttled account and network meanwhile.
moves = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([0, 0, 0.5, 1, 2, 7, 31, 60, 200]), st.booleans(), st.booleans()),
    max_size=60,
)


def play(scene: Scene, moves: list[tuple[int, float, bool, bool]]) -> None:
    tickets = dict.fromkeys(range(4), "")
    for network, seconds, with_ticket, guarded in moves:
        scene.pass_time(seconds)
        if guarded:
            scene.guard(f"198.51.{network}.0/24")
        try:
            scene.try_wrong(Client(f"198.51.{network}.9"), ticket=tickets[network] if with_ticket else "")
        except Throttled as throttled:
            tickets[network] = throttled.ticket


@given(moves)
@settings(deadline=None)
def test_strangers_never_delay_a_known_place(moves: list[tuple[int, float, bool, bool]]) -> None:
    scene = Scene()
    play(scene, moves)
    scene.limiter.admit(ACCOUNT, OWNER, known_place=True)


@given(moves, st.integers(0, 9))
@settings(deadline=None)
def test_known_place_waits_as_it_would_without_strangers(
    moves: list[tuple[int, float, bool, bool]], own_wrong_tries: int
) -> None:
    attacked, quiet = Scene(), Scene()
    play(attacked, moves)
    waits = []
    for scene in (attacked, quiet):
        for _ in range(own_wrong_tries):
            scene.pass_time(scene.wait_of(OWNER, known_place=True))
            scene.try_wrong(OWNER, known_place=True)
        waits.append(scene.wait_of(OWNER, known_place=True))
    assert waits[0] == waits[1]


@given(moves, moves)
@settings(deadline=None)
def test_newcomer_with_a_ticket_waits_no_longer_than_the_bound(
    before: list[tuple[int, float, bool, bool]], meanwhile: list[tuple[int, float, bool, bool]]
) -> None:
    scene = Scene()
    play(scene, before)
    throttled = refused(scene)
    if throttled is None:
        return
    came_at = scene.moment
    play(scene, [move for move in meanwhile if move[1] < 2])
    waited_s = (scene.moment - came_at).total_seconds()
    scene.pass_time(max(0.0, DELAY_S_MAX - waited_s))
    scene.limiter.admit(ACCOUNT, NEWCOMER, known_place=False, ticket=throttled.ticket)


def refused(scene: Scene) -> Throttled | None:
    try:
        scene.limiter.admit(ACCOUNT, NEWCOMER, known_place=False)
    except Throttled as throttled:
        return throttled
    return None
