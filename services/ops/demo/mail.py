"""The e-mail that arrived, as text: from a Maildir or from a Mailpit, decoded, in its own lines."""

import email
import email.policy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx

from services.ops.demo.browser import NotAsExpected

MAIL_WAIT_S_MAX: Final = 60.0
_POLL_S: Final = 0.2
_ANSWER_S_MAX: Final = 10.0

Messages = Callable[[], list[bytes]]


def in_maildir(folder: Path) -> Messages:
    """Return what reads every message of a Maildir, oldest first."""
    return lambda: [path.read_bytes() for path in sorted((folder / "new").glob("*"))]


def in_mailpit(url: str) -> Messages:
    """Return what reads every message of a Mailpit through its HTTP interface, oldest first."""

    def messages() -> list[bytes]:
        with httpx.Client(base_url=url, timeout=_ANSWER_S_MAX) as http:
            listed = http.get("/api/v1/messages").raise_for_status().json()["messages"]
            return [http.get(f"/api/v1/message/{each['ID']}/raw").raise_for_status().content for each in listed[::-1]]

    return messages


def mail_about(transaction_id: int, address: str, messages: Messages) -> str:
    """Wait for the e-mail about a transaction and return it as text. Raises NotAsExpected when it does not come."""
    deadline = time.monotonic() + MAIL_WAIT_S_MAX
    while time.monotonic() < deadline:
        for content in messages():
            recipients, text = _read(content)
            if address in recipients and f"Transaction ID: {transaction_id}" in text.splitlines():
                return text
        time.sleep(_POLL_S)
    raise NotAsExpected(f"no e-mail about transaction {transaction_id} came to {address} in {MAIL_WAIT_S_MAX:.0f} s")


def _read(content: bytes) -> tuple[str, str]:
    message = email.message_from_bytes(content, policy=email.policy.default)
    body = message.get_body(preferencelist=("plain",))
    if body is None:
        raise NotAsExpected("an e-mail has no plain text")
    headers = [f"{name}: {message[name]}" for name in ("From", "To", "Subject", "Date") if message[name] is not None]
    text: str = body.get_content()
    return str(message["To"]), "\n".join([*headers, "", *text.rstrip().splitlines()])
