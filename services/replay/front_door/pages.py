"""What a walk needs of a page: hidden fields, the boxes to tick, the heading; and the request id inside a confirm form.

Searched for, not parsed: a generator that reads whole pages would be busier than the system it loads.
"""

import base64
import re
import zlib
from functools import cache
from html import unescape
from typing import Final, NamedTuple
from uuid import UUID

import orjson

_HEADING: Final = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_TAG: Final = re.compile(r"<[^>]+>")
_PAYLOAD_BYTES_MAX: Final = 64 * 1024


class Page(NamedTuple):
    """An answer: where it was found, its status and its text."""

    path: str
    status: int
    text: str

    def value(self, name: str) -> str | None:
        """Return the value of an input, None where the page has none of that name."""
        found = _input(name).search(self.text)
        return None if found is None else unescape(found[1])

    @property
    def heading(self) -> str:
        """The first heading, as it is read."""
        found = _HEADING.search(self.text)
        return "" if found is None else " ".join(unescape(_TAG.sub(" ", found[1])).split())

    def __str__(self) -> str:
        return f"{self.path} answered {self.status}: {self.heading or 'a page without a heading'}"


@cache
def _input(name: str) -> re.Pattern[str]:
    return re.compile(rf'<input\b[^>]*\bname="{re.escape(name)}"[^>]*\bvalue="([^"]*)"')


def has_field(page: Page, name: str) -> bool:
    """Say whether a page asks for this."""
    return f' name="{name}"' in page.text


def request_id_of(form_token: str) -> UUID | None:
    """Return the id that the request of a confirm form will have: it stands, signed, in the form. None: not found."""
    payload, _, _ = form_token.rpartition(".")
    packed = payload.startswith(".")
    try:
        text = base64.urlsafe_b64decode(payload.lstrip(".") + "=" * (-len(payload.lstrip(".")) % 4))
        facts = orjson.loads(_unpacked(text) if packed else text)
        return UUID(facts["request_id"])
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error):
        return None


def _unpacked(text: bytes) -> bytes:
    return zlib.decompressobj().decompress(text, _PAYLOAD_BYTES_MAX)
