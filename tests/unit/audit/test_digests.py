"""Records and letters are told apart by what matters, and by nothing else."""

import pytest

from services.audit.digests import letter_digest, record_digest

_SENT = b"From: a@example.org\r\nSubject: one\r\n two\r\nMessage-ID: <1@x>\r\n\r\nBody\r\n.dot\r\n"


@pytest.mark.parametrize(
    "other",
    [
        (b"k", [("h", b"1")], b"w"),
        (b"", [("h", b"1")], b"v"),
        (None, [("h", b"1")], b"v"),
        (b"k", [("h", None)], b"v"),
        (b"k", [], b"v"),
        (b"k", [("h", b"1"), ("h", b"1")], b"v"),
        (b"k", [("h", b"1")], None),
        (b"kv", [("h", b"1")], b""),
    ],
)
def test_any_difference_of_records_shows(
    other: tuple[bytes | None, list[tuple[str, bytes | None]], bytes | None],
) -> None:
    assert record_digest(*other) != record_digest(b"k", [("h", b"1")], b"v")


@pytest.mark.parametrize(
    "arrived",
    [
        _SENT,
        _SENT.replace(b"\r\n", b"\n"),
        b"Return-Path: <a@example.org>\r\nReceived: from x\r\n\tby y; now\r\nDelivered-To: b\r\n" + _SENT,
        _SENT.replace(b"\r\n\r\n", b"\r\nX-Peer: 127.0.0.1\r\n\r\n", 1),
        _SENT + b"\r\n",
    ],
)
def test_what_servers_add_does_not_count(arrived: bytes) -> None:
    assert letter_digest(arrived) == letter_digest(_SENT)


@pytest.mark.parametrize(
    "old,new",
    [
        (b"Body", b"body"),
        (b" two", b" too"),
        (b"From: a", b"From: b"),
        (b"\r\n.dot", b"\r\n..dot"),
        (b"Subject: one\r\n two\r\n", b""),
    ],
)
def test_any_difference_of_letters_shows(old: bytes, new: bytes) -> None:
    assert letter_digest(_SENT.replace(old, new)) != letter_digest(_SENT)
