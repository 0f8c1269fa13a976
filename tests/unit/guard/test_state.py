"""The state: counts against a naive recount, stored and recalled, swept, bounded."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.guard.hours import KEPT_HOURS, NO_COURT, Sort, last_minutes
from services.auth.guard.marks import Place
from services.auth.guard.records import Poison, read
from services.auth.guard.settings import GuardSettings
from services.auth.guard.state import State
from services.auth.guard.subjects import Bound
from services.auth.guard.windows import STORED_FROM
from services.contract.logins import Credential, LoginAttempted, LoginOutcome
from services.contract.throttles import ThrottleKind
from services.runtime.settings import load

NOON = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
SETTINGS = load(GuardSettings, kafka_bootstrap_servers="127.0.0.1:1")

THREE = dict.fromkeys(ThrottleKind, Bound(subjects=3, cells=1000))
KEY_OF_A = b"w:account:a"

EVENTS = st.lists(
    st.builds(
        LoginAttempted,
        account=st.sampled_from(["a", "b", "ü"]),
        court_id=st.sampled_from(["UTBK", "NYSB", None]),
        credential=st.sampled_from(Credential),
        outcome=st.sampled_from(LoginOutcome),
        address_prefix=st.sampled_from(["192.0.2.0/24", "2001:db8::/56"]),
        attempts=st.integers(1, 1000),
        attempted_at=st.integers(-7200, 0).map(lambda back_s: NOON + timedelta(seconds=back_s)),
    ),
    max_size=40,
)


def told(events: list[LoginAttempted], state: State | None = None) -> State:
    state = state or State(SETTINGS)
    for offset, event in enumerate(events):
        state.take(Place(offset % 3, offset), event, NOON)
    return state


def swept(state: State) -> State:
    state.sweep_hours(NOON)
    return state


def stored(state: State) -> list[tuple[bytes, bytes]]:
    return [(key, value) for key, value in state.changes().items() if value is not None]


@given(EVENTS)
def test_counts_of_courts_are_those_of_a_naive_recount(events: list[LoginAttempted]) -> None:
    naive: Counter[tuple[str, Sort]] = Counter()
    for event in events:
        naive[event.court_id or NO_COURT, Sort(event.credential.value, event.outcome.value)] += event.attempts
    found: Counter[tuple[str, Sort]] = Counter()
    for key, hour in told(events).hours.items():
        for sort, count in hour.total.items():
            found[key.court_id, sort] += count
    assert found == naive


@given(EVENTS, st.integers(0, 40))
def test_recalled_after_a_kill_and_told_again_it_counts_the_same(events: list[LoginAttempted], at: int) -> None:
    before = told(events[:at])
    recalled = State(SETTINGS)
    recalled.recall(stored(before), NOON)
    assert swept(told(events, recalled)).hours == swept(told(events)).hours


@given(EVENTS)
def test_recalled_is_what_was_stored(events: list[LoginAttempted]) -> None:
    before = told(events)
    recalled = State(SETTINGS)
    recalled.recall(stored(before), NOON)
    before.sweep_hours(NOON)
    assert recalled.hours == before.hours
    for kind in ThrottleKind:
        worth = {name: window for name, window in before.windows[kind].items() if window.worth_storing}
        assert dict(recalled.windows[kind]) == worth


def failure(account: str, at: datetime = NOON) -> LoginAttempted:
    return LoginAttempted(
        account=account,
        court_id="UTBK",
        credential=Credential.PACER,
        outcome=LoginOutcome.FAILED,
        address_prefix="192.0.2.0/24",
        attempted_at=at,
    )


def test_minutes_are_shown_where_the_events_say() -> None:
    at = datetime(2026, 11, 25, 17, 15, 30, tzinfo=UTC).astimezone()
    state = State(SETTINGS)
    state.take(Place(0, 0), failure("a", at - timedelta(minutes=30)), at)
    shown = {moment: counts.total() for moment, counts in last_minutes(state.hours, "UTBK", at) if counts}
    assert shown == {at.replace(second=0) - timedelta(minutes=30): 1}


def test_swept_state_is_empty_and_says_what_to_delete() -> None:
    state = told([failure("a")] * 12)
    assert state.changes()
    later = NOON + timedelta(hours=KEPT_HOURS + 1)
    ended = [subject.name for subject in state.subjects() if state.sweep(subject, later)]
    state.sweep_hours(later)
    assert ended == ["a"]
    assert state.subjects() == []
    assert set(state.changes().values()) == {None}


def test_too_old_to_matter_is_not_counted() -> None:
    state = told([failure("a", NOON - timedelta(hours=KEPT_HOURS + 1))])
    assert (state.hours, state.subjects(), state.next_offsets) == ({}, [], {0: 1})


def test_subjects_are_bounded_and_the_oldest_goes_first() -> None:
    state = told([failure(name) for name in ("a", "b", "c", "a", "d")], State(SETTINGS, THREE))
    assert list(state.windows[ThrottleKind.ACCOUNT]) == ["c", "a", "d"]
    assert state.forgotten == 1


def test_forgotten_subject_is_deleted_from_what_is_stored() -> None:
    state = told([failure("a")] * STORED_FROM, State(SETTINGS, THREE))
    assert KEY_OF_A in dict(stored(state))
    assert told([failure(name) for name in "bcd"], state).changes()[KEY_OF_A] is None


def test_recalled_are_the_newest_that_there_is_room_for() -> None:
    at = [NOON - timedelta(minutes=back) for back in (4, 1, 3, 0, 2)]
    before = told([failure(f"{NOON - each}", each) for each in at for _ in range(STORED_FROM)])
    recalled = State(SETTINGS, THREE)
    recalled.recall(stored(before), NOON)
    assert list(recalled.windows[ThrottleKind.ACCOUNT]) == ["0:02:00", "0:01:00", "0:00:00"]
    assert (recalled.forgotten, list(recalled.changes().values())) == (2, [None, None])


def test_past_is_not_recalled_and_is_deleted_from_what_is_stored() -> None:
    before = told([failure("a")] * STORED_FROM)
    recalled = State(SETTINGS)
    recalled.recall(stored(before), NOON + timedelta(hours=KEPT_HOURS + 1))
    assert (recalled.subjects(), recalled.hours) == ([], {})
    assert set(recalled.changes().values()) == {None}


def test_minutes_are_kept_for_the_hours_that_are_shown() -> None:
    state = told([failure("a", NOON - timedelta(minutes=back)) for back in range(180)])
    before = {key: hour.total for key, hour in state.hours.items()}
    swept(state)
    assert [len(hour.minutes) for _, hour in sorted(state.hours.items())] == [1, 1, 60, 1]
    assert {key: hour.total for key, hour in state.hours.items()} == before


@pytest.mark.parametrize(
    "key, value, why",
    [
        (b"a", None, "tombstone"),
        (b"a", b"{", "malformed"),
        (b"a", b"\xff", "malformed"),
        (b"a", b"[]", "malformed"),
        (b"b", failure("a").encode(), "key"),
        (None, failure("a").encode(), "key"),
    ],
)
def test_poison_is_named(key: bytes | None, value: bytes | None, why: str) -> None:
    with pytest.raises(Poison, match=why):
        read(key, value)


def test_older_and_newer_writers_are_read() -> None:
    assert read(b"a", failure("a").encode()).via is None
    newer = failure("a").encode().removesuffix(b"}") + b',"via":"api","step":"factor","later":1}'
    assert read(b"a", newer).step == "factor"


@pytest.mark.parametrize(
    "changes, why",
    [
        ({"attempts": 2**62}, "attempts"),
        ({"attempted_at": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)}, "time"),
        ({"attempted_at": datetime(1, 1, 1, tzinfo=UTC)}, "time"),
    ],
)
def test_what_no_count_and_no_calendar_takes_is_passed_over(changes: dict[str, object], why: str) -> None:
    event = failure("a").model_copy(update=changes)
    with pytest.raises(Poison, match=why):
        read(event.account.encode(), event.encode())


def test_clock_that_is_ahead_neither_throttles_nor_makes_the_window_forget() -> None:
    state = told([failure("a") for _ in range(SETTINGS.account_failures - 1)])
    ahead = failure("a", NOON + timedelta(hours=3)).model_copy(update={"attempts": 1000})
    _, throttles = state.take(Place(0, 100), ahead, NOON)
    assert throttles == []
    _, throttles = state.take(Place(0, 101), failure("a"), NOON)
    assert [throttle.kind for throttle in throttles] == [ThrottleKind.ACCOUNT]
