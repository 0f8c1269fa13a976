"""The naive model and the linker's decision were written apart; on any requests they must come to the same outcomes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.audit.model import Decision, Model, Request, refused
from services.contract.requests import LinkRequested, RequestKind
from services.linker.decide import decide

_NOON = datetime(2026, 11, 2, 18, 0, tzinfo=UTC)
_MOMENTS = st.sampled_from(
    [timedelta(seconds=-1), timedelta(0), timedelta(minutes=10), timedelta(minutes=10, seconds=1)]
)


@st.composite
def requests(draw: st.DrawFn) -> LinkRequested:
    login = f"login{draw(st.integers(0, 3))}"
    return LinkRequested(
        request_id=UUID(int=1),
        request=draw(st.sampled_from(RequestKind)),
        court_id=draw(st.sampled_from(["UTBK", "UTDC"])),
        court_live_at=draw(st.sampled_from([None, _NOON, _NOON + timedelta(minutes=5)])),
        pacer_account=str(1_000_000 + draw(st.integers(0, 3))),
        pacer_name="A",
        pacer_email="a@example.org",
        pacer_upgraded=draw(st.integers(0, 5)) > 0,
        cmecf_login=login,
        cmecf_canonical=login,
        cmecf_name="B",
        verifier_version="1",
        verified_at=_NOON,
        confirmed_at=_NOON + draw(_MOMENTS),
        reason="R",
        ordered_by="C",
    )


@given(st.lists(requests(), max_size=30))
def test_model_and_linker_agree(given_requests: list[LinkRequested]) -> None:
    numbers = range(10_001, 10_001 + len(given_requests))
    outcomes = decide(given_requests, [], numbers)
    model = Model()
    for request, outcome, number in zip(given_requests, outcomes, numbers, strict=True):
        asked = _asked(request)
        decision = model.decision(asked)
        assert decision == Decision(outcome.status, outcome.reason, outcome.cites)
        model.apply(asked, decision, number)


def _asked(request: LinkRequested) -> Request:
    unlink = request.request is RequestKind.UNLINK
    accounts = request.court_id, request.pacer_account, request.cmecf_canonical
    return Request(unlink, *accounts, refused(request.model_dump(mode="json")))
