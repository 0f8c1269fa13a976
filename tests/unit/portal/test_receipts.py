"""Receipts to take away say what their page says, are made of the same bytes each time, and lose no character."""

import re
import zlib
from collections.abc import Callable
from uuid import UUID

import httpx
import pytest

from services.auth.portal.pages.drawing import UNDRAWN, as_pdf
from services.auth.portal.pages.papers import as_text, paper_of
from services.auth.portal.pages.receipts import ReceiptPages
from services.contract.requests import RequestKind
from services.contract.transactions import LinkTransaction, Reason
from services.ops.demo.browser import Browser
from tests.unit.portal.inside import PASSWORD, REQUEST_ID, USERNAME, UTAH, Inside, transaction

ADDRESS = f"/UTBK/link/requests/{REQUEST_ID}"
ORDER = ["Account Number", "Court", "Date/Time Submitted"]
ORDER += ["Transaction ID", "Request", "Transaction Status", "Comment"]


@pytest.fixture
def signed(inside: Inside, serve: Callable[..., httpx.Client]) -> httpx.Client:
    http = serve(features=[ReceiptPages(inside)])
    Browser(http, "/UTBK/sign-in").submit("Login", {"username": USERNAME, "password": PASSWORD})
    http.follow_redirects = False
    return http


def named(pacer_name: str, *, reason: Reason | None = None) -> LinkTransaction:
    made = transaction(reason)
    return made.model_copy(update={"request": made.request.model_copy(update={"pacer_name": pacer_name})})


def test_the_text_has_the_page_s_facts(signed: httpx.Client) -> None:
    response = signed.get(f"{ADDRESS}.txt")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["content-disposition"] == f'attachment; filename="receipt-UTBK-{REQUEST_ID}.txt"'
    facts = dict(line.split(": ", 1) for line in response.text.splitlines() if ": " in line)
    assert facts == Browser(signed, ADDRESS).page.facts
    assert [name for name in facts if name in ORDER] == ORDER


def test_the_pdf(signed: httpx.Client) -> None:
    response = signed.get(f"{ADDRESS}.pdf")
    assert response.headers["content-type"] == "application/pdf"
    assert response.headers["content-disposition"].startswith("attachment; ")
    assert response.content.startswith(b"%PDF-")
    assert response.content == signed.get(f"{ADDRESS}.pdf").content


def test_the_page_leads_to_both(signed: httpx.Client) -> None:
    links = {link.address for link in Browser(signed, ADDRESS).page.links}
    assert {f"{ADDRESS}.txt", f"{ADDRESS}.pdf"} <= links


@pytest.mark.parametrize("ending", ["txt", "pdf"])
def test_what_is_not_yet_recorded_leads_to_the_page(inside: Inside, signed: httpx.Client, ending: str) -> None:
    inside.recorded = False
    response = signed.get(f"{ADDRESS}.{ending}")
    assert (response.status_code, response.headers["location"]) == (303, ADDRESS)


@pytest.mark.parametrize("path", [f"/UTBK/link/requests/{UUID(int=7)}.txt", f"/UTDC/link/requests/{REQUEST_ID}.pdf"])
def test_requests_of_others_are_not_found(signed: httpx.Client, path: str) -> None:
    assert signed.get(path).status_code == 404


def test_who_is_not_signed_in_is_sent_to_sign_in(inside: Inside, serve: Callable[..., httpx.Client]) -> None:
    http = serve(features=[ReceiptPages(inside)])
    http.follow_redirects = False
    response = http.get(f"{ADDRESS}.pdf")
    assert response.status_code == 303
    assert "/UTBK/sign-in" in response.headers["location"]


def test_a_pdf_is_the_same_bytes_each_time_tagged_titled_and_small() -> None:
    paper = paper_of(named("Zoë Łukasz Ștefănescu Жанна"), UTAH)
    drawn = as_pdf(paper)
    assert drawn == as_pdf(paper)
    assert len(drawn) <= 50_000
    for mark in (b"/MarkInfo", b"/StructTreeRoot", b"/S /H1", b"/Lang (en-US)", b"/Title"):
        assert mark in drawn, mark


def test_a_pdf_embeds_its_letters() -> None:
    drawn = as_pdf(paper_of(named("Zoë Жанна"), UTAH))
    assert b"/FontFile2" in drawn
    assert b"<0416>" in b"".join(_streams(drawn)), "no map back to Ж"


def test_a_letter_that_the_font_lacks_is_told_in_the_pdf_and_kept_in_the_text() -> None:
    paper = paper_of(named("李 Wei"), UTAH)
    assert "PACER: 李 Wei" in as_text(paper).decode()
    drawn = as_pdf(paper)
    assert f"<{ord(UNDRAWN):04X}>".encode() in b"".join(_streams(drawn)), "the mark itself has no letter"
    assert f"<{ord('李'):04X}>".encode() not in b"".join(_streams(drawn))


@pytest.mark.parametrize("reason", list(Reason))
def test_a_refusal_says_what_to_do_next(reason: Reason) -> None:
    text = as_text(paper_of(named("Alex Attorney", reason=reason), UTAH)).decode()
    assert "What to do next: " in text
    assert as_pdf(paper_of(named("Alex Attorney", reason=reason), UTAH)).startswith(b"%PDF-")


def test_an_unlink_is_titled_as_one() -> None:
    made = transaction()
    ended = made.request.model_copy(update={"request": RequestKind.UNLINK, "reason": "moved", "ordered_by": "Clerk"})
    assert as_text(paper_of(made.model_copy(update={"request": ended}), UTAH)).startswith(
        b"Your accounts were unlinked"
    )


def _streams(drawn: bytes) -> list[bytes]:
    streams = re.findall(rb"stream\n(.*?)\nendstream", drawn, re.DOTALL)
    return [zlib.decompress(stream) if stream.startswith(b"x") else stream for stream in streams]
