"""Digests by which the audit compares records and letters, so that it holds 32 bytes of each rather than its text."""

import hashlib
from collections.abc import Iterable
from typing import Final

# What mail servers and test mailboxes add to a message; everything else must be the bytes that were sent.
_ADDED_PREFIXES: Final = (b"return-path:", b"received:", b"delivered-to:", b"x-")
_NULL: Final = b"\xff\xff\xff\xff"


def record_digest(key: bytes | None, headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> bytes:
    """Return SHA-256 over a record's key, headers in order and value, each behind its length; null is not empty."""
    parts = [_sized(key), _sized(value)]
    for name, content in headers:
        parts += (_sized(name.encode("utf-8", "surrogatepass")), _sized(content))
    return hashlib.sha256(b"".join(parts)).digest()


def value_digest(value: bytes | None) -> bytes:
    """Return SHA-256 of a record's value, as the ledger keeps it of each request."""
    return hashlib.sha256(value or b"").digest()


def letter_digest(message: bytes) -> bytes:
    """Return SHA-256 of a message without the header fields that servers add, and whatever its line ends are."""
    head, _, body = message.replace(b"\r\n", b"\n").partition(b"\n\n")
    fields: list[bytes] = []
    for line in head.split(b"\n"):
        if line[:1] in {b" ", b"\t"} and fields:
            fields[-1] += b"\n" + line
        else:
            fields.append(line)
    kept = [field for field in fields if not field.lower().startswith(_ADDED_PREFIXES)]
    return hashlib.sha256(b"\n".join(kept) + b"\n\n" + body.rstrip(b"\n")).digest()


def _sized(content: bytes | None) -> bytes:
    return _NULL if content is None else len(content).to_bytes(4, "big") + content
