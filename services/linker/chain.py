"""The ledger's hash chain: each row's hash covers the row before and all that the row says, so that no row can
change unseen.
"""

import hashlib
import struct
from typing import Final, NamedTuple

GENESIS: Final = bytes(32)
_LENGTHS: Final = struct.Struct(">QQIIII")


class Links(NamedTuple):
    """What a row's hash covers, beside the hash of the row before."""

    transaction_id: int
    request_offset: int
    request_digest: bytes
    request_source: str
    key: bytes
    headers: bytes
    value: bytes


def chained(before: bytes, row: Links) -> bytes:
    """Return the hash of a row, 32 bytes: SHA-256 over the hash of the row before, then the row's numbers and the
    lengths
    of its texts (big-endian), then its texts, so that no two rows can share one encoding.
    """
    source = row.request_source.encode()
    sizes = _LENGTHS.pack(
        row.transaction_id, row.request_offset, len(source), len(row.key), len(row.headers), len(row.value)
    )
    return hashlib.sha256(
        b"".join((before, sizes, row.request_digest, source, row.key, row.headers, row.value))
    ).digest()
