"""Reads the mails that arrived: from the folder of a Maildir, or through the HTTP interface of a Mailpit.

Mails may arrive, or be moved by whoever reads them, while the audit looks: each is yielded once, by its name or id.
"""

import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import orjson

from services.runtime.faults import Halt, Transient

_ANSWER_S_MAX: Final = 30.0
_PAGE_COUNT: Final = 500
_MESSAGE_ID: Final = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^>\r\n]{1,900}>)", re.IGNORECASE | re.MULTILINE)


def mails(place: str) -> Iterator[bytes]:
    """Yield each mail's bytes. Raises Halt where the place is no mailbox, Transient where a Mailpit does not answer."""
    return _mailpit(place) if place.startswith(("http://", "https://")) else _maildir(Path(place))


def message_id(mail: bytes) -> str | None:
    """Return the Message-ID of a mail, with its angle brackets."""
    head = mail.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found = _MESSAGE_ID.search(head)
    return None if found is None else found[1].decode("ascii", "replace")


def _maildir(folder: Path) -> Iterator[bytes]:
    boxes = [folder / "new", folder / "cur"]
    if not all(box.is_dir() for box in boxes):
        raise Halt(f"{folder} is not a Maildir: it has no new/ and cur/")
    seen: set[str] = set()
    for box in boxes:
        for path in box.iterdir():
            # What follows the colon are flags, which change when a mail is read.
            name = path.name.partition(":")[0]
            if name in seen:
                continue
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                # Read by its owner meanwhile: moved to cur/, which comes next, or deleted, which is then told.
                continue
            seen.add(name)
            yield content


def _mailpit(url: str) -> Iterator[bytes]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_ANSWER_S_MAX)
    root = parts.path.rstrip("/")
    seen: set[str] = set()
    try:
        start = 0
        while True:
            page = orjson.loads(_get(connection, f"{root}/api/v1/messages?start={start}&limit={_PAGE_COUNT}"))
            if not page["messages"]:
                return
            # The newest come first: whatever arrives meanwhile pushes some that were read onto the next page.
            fresh = [message["ID"] for message in page["messages"] if message["ID"] not in seen]
            for identity in fresh:
                yield _get(connection, f"{root}/api/v1/message/{quote(identity, safe='')}/raw")
            seen.update(fresh)
            start += len(page["messages"])
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        raise Transient(f"no mails from {url}: {error!r}") from error
    finally:
        connection.close()


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    if response.status != http.HTTPStatus.OK:
        raise ValueError(f"{path} answered {response.status}")
    return body
