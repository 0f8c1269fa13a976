"""The link walk's refusals, faults and outcomes: each a page with a sentence, a next step and a desk to call."""

import httpx
import pytest

from services.auth.portal.ports import Busy, FormStale, LinkRefused
from services.contract.deliveries import DeliveryState, LetterKind
from services.contract.reasons import EXPLANATIONS
from services.contract.transactions import Reason
from services.ops.demo.browser import Browser
from tests.unit.portal.inside import ALEX, CMECF_LOGIN, CMECF_PASSWORD, Inside, transaction


@pytest.mark.parametrize("menu", ["bankruptcy", "adversary"])
def test_no_filing_before_the_link(signed: Browser, menu: str) -> None:
    signed.open(f"/UTBK/{menu}")
    assert signed.status == 403
    signed.expect("Until you link you will not be able to e-file", "Who is signed in")


def test_menu_of_another_kind_of_court_is_not_there(signed: Browser) -> None:
    signed.open("/UTBK/criminal")
    assert signed.status == 404


def test_unticked_acknowledgment_is_told_beside_the_box(signed: Browser) -> None:
    signed.open("/UTBK/link")
    signed.submit("Continue")
    assert signed.status == 422
    signed.expect("Tick the box to confirm that this is your own individual PACER account")


def test_wrong_cmecf_password_is_told_neutrally(acknowledged: Browser) -> None:
    acknowledged.submit("Submit", {"cmecf_login": CMECF_LOGIN, "cmecf_password": "wrong"})
    assert acknowledged.status == 403
    acknowledged.expect("The CM/ECF login or the CM/ECF password is not correct")


def test_busy_at_the_proof_tells_when_to_try_again(acknowledged: Browser, inside: Inside) -> None:
    inside.raises["prove"] = Busy(1)
    acknowledged.submit("Submit", {"cmecf_login": CMECF_LOGIN, "cmecf_password": CMECF_PASSWORD})
    assert (acknowledged.status, acknowledged.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("call", ["check", "prove", "confirm"])
def test_each_refusal_says_why_and_what_next(asked: Browser, inside: Inside, reason: Reason, call: str) -> None:
    inside.raises[call] = LinkRefused(reason, transaction())
    if call == "prove":
        asked.open("/UTBK/link/account")
        asked.submit("Submit", {"cmecf_login": CMECF_LOGIN, "cmecf_password": CMECF_PASSWORD})
    elif call == "confirm":
        asked.submit("Submit")
    else:
        asked.open("/UTBK/link")
    asked.expect(EXPLANATIONS[reason].sentence, EXPLANATIONS[reason].next_step, "801-524-6576")
    assert asked.status == (200 if reason is Reason.ALREADY_LINKED else 409)


def test_linking_again_shows_the_transaction(signed: Browser, inside: Inside) -> None:
    inside.raises["check"] = LinkRefused(Reason.ALREADY_LINKED, transaction())
    signed.open("/UTBK/link")
    assert signed.page.facts["Transaction ID"] == "10005"


def test_legacy_account_is_sent_to_pacer(signed: Browser, inside: Inside) -> None:
    inside.raises["check"] = LinkRefused(Reason.PACER_LEGACY)
    signed.open("/UTBK/link")
    signed.expect("PACER Service Center", "800-676-6856")


def test_stale_form_says_to_start_again(asked: Browser, inside: Inside) -> None:
    inside.raises["confirm"] = FormStale()
    asked.submit("Submit")
    assert asked.status == 409
    asked.expect("More than ten minutes", "Nothing was changed")


def test_received_page_refreshes_itself_and_completes(asked: Browser, inside: Inside) -> None:
    inside.recorded = False
    asked.submit("Submit")
    assert (asked.status, asked.headers["refresh"]) == (202, "3")
    asked.expect("Received, not yet recorded")
    inside.recorded = True
    asked.reload()
    asked.expect("Your accounts are linked")
    assert "refresh" not in asked.headers


def test_rejected_request_says_why(asked: Browser, inside: Inside) -> None:
    inside.reason = Reason.CMECF_ALREADY_LINKED
    asked.submit("Submit")
    asked.expect("Your accounts were not linked", "Rejected", EXPLANATIONS[inside.reason].next_step)


@pytest.mark.parametrize(
    "state, sentence",
    [
        (None, "It is on its way to"),
        (DeliveryState.ACCEPTED, "Sent to"),
        (DeliveryState.DEFERRED, "It will be sent again"),
        (DeliveryState.BOUNCED, "It could not be delivered"),
        (DeliveryState.HELD, "is not certain"),
    ],
)
def test_confirmation_tells_the_state_of_the_mail(
    asked: Browser, inside: Inside, state: DeliveryState | None, sentence: str
) -> None:
    inside.letters = {LetterKind.RECORD: state} if state else {}
    asked.submit("Submit")
    asked.expect(sentence, ALEX.email)


def test_result_of_another_court_or_filer_is_not_found(signed: Browser, http: httpx.Client) -> None:
    unknown = http.get("/UTBK/link/requests/01980000-0000-7000-8000-00000000ffff")
    elsewhere = http.get("/UTDC/link/requests/01980000-0000-7000-8000-000000000001")
    assert (unknown.status_code, elsewhere.status_code) == (404, 404)
