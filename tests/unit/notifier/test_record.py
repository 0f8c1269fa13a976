"""The record: the seed's sample, line by line, whatever the names are."""

import email
from datetime import UTC, datetime
from email.header import decode_header, make_header
from pathlib import Path

import pytest

from services.contract.deliveries import LetterKind
from services.contract.requests import RequestKind
from services.contract.transactions import Reason
from tests.unit.notifier.writing import mails, parsed, record, text, transaction

OPENING = (
    "This email is notification that the change you requested to your NextGen CM/ECF account has been processed."
    " The status is listed below."
)
GOLDEN = Path(__file__).parent / "golden"


def test_the_seeds_mail_is_as_it_always_was() -> None:
    assert mails(transaction())[LetterKind.RECORD] == (GOLDEN / "record.eml").read_bytes()


def test_the_seeds_mail_reads_as_the_sample() -> None:
    assert text(record(transaction())).strip().splitlines() == [
        OPENING,
        "",
        "Account Number: 111111",
        "Court: UTAH BANKRUPTCY COURT",
        "Date/Time Submitted: 11/01/2026 10:40:36 CST",
        "Court local time: 11/01/2026 09:40:36 MST",
        "Transaction ID: 10005",
        "Request: Link",
        "Transaction Status: Processed",
        "Comment: Your PACER account has been linked to your CM/ECF account",
    ]


def test_summer_is_daylight_time() -> None:
    made = transaction(confirmed_at=datetime(2026, 7, 1, 4, 0, 0, tzinfo=UTC))
    assert "Date/Time Submitted: 06/30/2026 23:00:00 CDT\n" in text(record(made))


def test_an_unknown_court_is_named_by_its_id() -> None:
    body = text(record(transaction(court_id="ZZBK")))
    assert "Court: ZZBK\n" in body
    assert "Court local time" not in body


def test_the_headers_are_those_of_an_automatic_mail() -> None:
    message = record(transaction())
    assert message["From"] == "Court <noreply@court.example>"
    assert message["To"] == "Alex Attorney <alex.attorney@example.org>"
    assert message["Date"].datetime == transaction().request.confirmed_at
    assert message["Auto-Submitted"] == "auto-generated"
    assert not message.defects


@pytest.mark.parametrize("reason", list(Reason))
def test_a_refusal_says_the_next_step_and_whom_to_call(reason: Reason) -> None:
    body = text(record(transaction(status="Rejected", reason=reason)))
    assert "\nNext step: " in body
    assert "\nHelp desk of the court: 801-524-6576, Mon-Fri 8:00-16:30\n" in body


def test_an_unlink_says_why_and_by_whom() -> None:
    made = transaction(request=RequestKind.UNLINK, ordered_by="Clerk Chris", order="wrong person")
    body = text(record(made))
    assert "Request: Unlink\n" in body
    assert "Reason given by the court: wrong person (ordered by Clerk Chris)\n" in body


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Ångström",
        'O\'Brien, "Pat" (Jr.)',
        "=?utf-8?q?trick?=",
        "a" * 200,
        "50% off %s {court}",
        "<b>&amp;",
    ],
)
def test_any_name_arrives_as_it_is(name: str) -> None:
    message = record(transaction(pacer_name=name))
    (address,) = message["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, "alex.attorney@example.org")
    assert not message["To"].defects


def test_a_long_name_is_folded_into_words_that_belong_together() -> None:
    header = email.message_from_bytes(mails(transaction(pacer_name="Ж" * 200))[LetterKind.RECORD])["To"]
    assert str(make_header(decode_header(header))) == f"{'Ж' * 200} <alex.attorney@example.org>"
    assert max(map(len, header.splitlines())) <= 76


@pytest.mark.parametrize("name", ["Zoë Ångström", "Ж" * 200, "&" * 200, ".", "a" * 200])
def test_every_line_goes_through_any_server(name: str) -> None:
    for content in mails(transaction(pacer_name=name, cmecf_name=name, cmecf_email="owner@example.com")).values():
        lines = content.split(b"\r\n")
        assert content.isascii()
        assert content.endswith(b"\r\n")
        assert max(map(len, lines)) < 998
        assert not any(b"\r" in line or b"\n" in line for line in lines)


def test_html_shows_values_and_runs_none() -> None:
    notice = parsed(
        mails(transaction(cmecf_name="<script>x</script>", cmecf_email="o@example.com"))[LetterKind.OWNER_NOTICE]
    )
    assert "&lt;script&gt;x&lt;/script&gt;" in text(notice, "html")


def test_an_international_domain_needs_no_special_server() -> None:
    assert record(transaction(pacer_email="alex@bücher.example"))["To"].addresses[0].domain == "xn--bcher-kva.example"
