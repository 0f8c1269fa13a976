"""The mail around a letter: headers and two parts as bytes that need no further encoding on their way.

Every line ends in CRLF and is under 998 bytes; everything is 7-bit, except the To header of an address that has
characters outside ASCII before its `@` (RFC 6532, sent with SMTPUTF8 or not at all).
"""

import binascii
import re
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from typing import Final, NamedTuple
from uuid import UUID

# `=_` cannot stand in quoted-printable, and no template has it, so no part can contain the boundary.
_BOUNDARY: Final = "=_ecflink_letter_=_"
_VALUE_LENGTH_MAX: Final = 600
_HEADER_LENGTH_MAX: Final = 76
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~ -]+")
_LINE_BREAKS = re.compile(r"[\r\n\x00]")


class Sender(NamedTuple):
    """Whom the mail is from: the `From` header and the domain of its Message-IDs, both ready."""

    header: str
    address: str
    domain: str

    @classmethod
    def of(cls, name: str, address: str) -> "Sender":
        """Return a sender. `name` may be empty."""
        envelope_address = ascii_domain(address)
        header = mailbox("From", name, envelope_address)
        return cls(header, envelope_address, envelope_address.rpartition("@")[2])


class Letter(NamedTuple):
    """One letter, ready to be mailed. `long` says that some value could make a line too long to go unencoded."""

    to_name: str
    to_address: str
    subject: str
    text: str
    html: str
    long: bool


class Mail(NamedTuple):
    """The bytes to send and their Message-ID."""

    message_id: str
    content: bytes


def mail(letter: Letter, sender: Sender, delivery_id: UUID, date: datetime) -> Mail:
    """Return the mail of a letter: the same bytes each time for the same letter, id and date."""
    assert not _LINE_BREAKS.search(letter.to_name + letter.to_address + letter.subject)
    message_id = f"<{delivery_id}@{sender.domain}>"
    headers = (
        f"From: {sender.header}\r\n"
        f"To: {mailbox('To', letter.to_name, letter.to_address)}\r\n"
        f"Subject: {letter.subject}\r\n"
        f"Date: {format_datetime(date.astimezone(UTC))}\r\n"
        f"Message-ID: {message_id}\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n'
        "\r\n"
    )
    text, html = _part("plain", letter.text, long=letter.long), _part("html", letter.html, long=letter.long)
    return Mail(message_id, b"".join((headers.encode(), text, html, f"--{_BOUNDARY}--\r\n".encode())))


def mailbox(header: str, name: str, address: str) -> str:
    """Return `Name <address>` as a header may hold it, folded where the line would be long."""
    if not name:
        return address
    shown = _phrase(name)
    fold = "\r\n " if len(header) + 2 + len(shown) + len(address) + 3 > _HEADER_LENGTH_MAX else " "
    return f"{shown}{fold}<{address}>"


def ascii_domain(address: str) -> str:
    """Return an address with its domain as DNS knows it, so that most addresses need no SMTPUTF8; others unchanged."""
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address


def too_long(*values: str) -> bool:
    """Say whether any value could make a line of a letter longer than SMTP takes."""
    return max(map(len, values)) > _VALUE_LENGTH_MAX


def _phrase(name: str) -> str:
    if name.isascii() and "=?" not in name:
        if _ATOMS.fullmatch(name):
            return name
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return Header(name, "utf-8", maxlinelen=_HEADER_LENGTH_MAX - 4, header_name="To").encode(linesep="\r\n")


def _part(subtype: str, body: str, *, long: bool) -> bytes:
    encoded = body.encode()
    encoding = "7bit"
    if long or len(encoded) != len(body):
        encoding = "quoted-printable"
        encoded = binascii.b2a_qp(encoded, istext=True, header=False)
    head = (
        f"--{_BOUNDARY}\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    # The last line end before a boundary belongs to the boundary.
    return head.encode() + encoded + b"\r\n"
