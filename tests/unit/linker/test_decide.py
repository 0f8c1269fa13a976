"""The decision alone: requests and links in, outcomes out."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.model import Model, Request, refused
from services.contract.requests import LinkRequested, RequestKind
from services.contract.transactions import Reason, TransactionStatus
from services.linker.decide import Link, Outcome, decide
from tests.linking.requests import NOON, requested


def decided(*requests: LinkRequested, links: tuple[Link, ...] = ()) -> list[Outcome]:
    return decide(requests, links, range(10_001, 10_001 + len(requests)))


def unlink(number: int, **changes: object) -> LinkRequested:
    return requested(number, request=RequestKind.UNLINK, reason="by order", ordered_by="Clerk", **changes)


def test_two_free_accounts_are_linked() -> None:
    (outcome,) = decided(requested(1))
    assert outcome == Outcome(10_001, TransactionStatus.PROCESSED, added=Link("UTBK", "1000001", "login1", 10_001))


def test_second_request_for_a_cmecf_login_cites_the_first() -> None:
    outcome = decided(requested(1), requested(2, cmecf_canonical="login1"))[1]
    assert (outcome.status, outcome.reason, outcome.cites) == (
        TransactionStatus.REJECTED,
        Reason.CMECF_ALREADY_LINKED,
        10_001,
    )


def test_second_cmecf_login_for_a_pacer_account_is_refused() -> None:
    outcome = decided(requested(1), requested(2, pacer_account="1000001"))[1]
    assert outcome.reason is Reason.PACER_ALREADY_LINKED


def test_same_pair_again_is_no_error() -> None:
    outcome = decided(requested(1), requested(2, pacer_account="1000001", cmecf_canonical="login1"))[1]
    assert (outcome.status, outcome.reason) == (TransactionStatus.PROCESSED, Reason.ALREADY_LINKED)


def test_one_account_links_at_two_courts() -> None:
    first, second = decided(requested(1), requested(2, court_id="UTDC", pacer_account="1000001"))
    assert first.added
    assert second.added


def test_unlink_frees_both_accounts_within_one_batch() -> None:
    outcomes = decided(
        requested(1),
        unlink(2, pacer_account="1000001", cmecf_canonical="login1"),
        requested(3, cmecf_canonical="login1"),
    )
    assert outcomes[1].ended == outcomes[0].added
    assert outcomes[2].added


def test_unlink_of_what_is_not_linked_is_refused() -> None:
    assert decided(unlink(1))[0].reason is Reason.NOT_LINKED


@pytest.mark.parametrize(
    "changes,reason",
    [
        ({"court_live_at": None}, Reason.COURT_NOT_LIVE),
        ({"court_live_at": NOON + timedelta(days=1)}, Reason.COURT_NOT_LIVE),
        ({"pacer_upgraded": False}, Reason.PACER_LEGACY),
        ({"confirmed_at": NOON + timedelta(minutes=10, microseconds=1)}, Reason.PROOF_EXPIRED),
        ({"confirmed_at": NOON - timedelta(microseconds=1)}, Reason.PROOF_EXPIRED),
    ],
)
def test_ineligible_request_is_refused(changes: dict[str, object], reason: Reason) -> None:
    assert decided(requested(1, **changes))[0].reason is reason


def test_confirmation_after_exactly_ten_minutes_counts() -> None:
    assert decided(requested(1, confirmed_at=NOON + timedelta(minutes=10)))[0].added


small = st.integers(min_value=0, max_value=3)
asked = st.tuples(st.booleans(), st.sampled_from(["UTBK", "UTDC"]), small, small)


@given(st.lists(asked, max_size=30), st.integers(min_value=1, max_value=7))
def test_batches_decide_as_one_by_one_and_as_the_audit_model(asks: list[tuple[bool, str, int, int]], size: int) -> None:
    requests = [_request(number, *ask) for number, ask in enumerate(asks)]
    links: dict[int, Link] = {}
    outcomes: list[Outcome] = []
    for start in range(0, len(requests), size):
        batch = requests[start : start + size]
        ids = range(10_001 + start, 10_001 + start + len(batch))
        for outcome in decide(batch, links.values(), ids):
            outcomes.append(outcome)
            if outcome.added is not None:
                links[outcome.transaction_id] = outcome.added
            if outcome.ended is not None:
                del links[outcome.ended.transaction_id]
    assert [(each.status, each.reason, each.cites) for each in outcomes] == _modelled(requests)


def _request(number: int, unlinks: bool, court: str, account: int, login: int) -> LinkRequested:  # noqa: FBT001
    changes = {"court_id": court, "pacer_account": f"100000{account}", "cmecf_canonical": f"login{login}"}
    return unlink(number, **changes) if unlinks else requested(number, **changes)


def _modelled(requests: list[LinkRequested]) -> list[tuple[object, ...]]:
    model = Model()
    found: list[tuple[object, ...]] = []
    for number, request in enumerate(requests, start=10_001):
        asked = Request(
            request.request is RequestKind.UNLINK,
            request.court_id,
            request.pacer_account,
            request.cmecf_canonical,
            refused(request.model_dump(mode="json")),
        )
        decision = model.decision(asked)
        model.apply(asked, decision, number)
        found.append(tuple(decision))
    return found
