"""Compressed files, told by their first bytes and never by their names: opened where the standard library can.

What it cannot open is named, since a search of the bytes as they are would find nothing and call that clean.
"""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from io import BufferedIOBase
from pathlib import Path
from typing import Final

TORN: Final = (OSError, EOFError, lzma.LZMAError, zlib.error)
"""What reading a compressed file raises where it is damaged or cut off, or cannot be read at all."""

_OPENED: Final[dict[bytes, Callable[[Path], BufferedIOBase]]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    # The older form, .lzma, has no magic: the properties that every packer writes, and a dictionary of 64 kB or more.
    b"\x5d\x00\x00": lzma.LZMAFile,
}
_CLOSED: Final = {
    b"\x28\xb5\x2f\xfd": ("zstd", "unpack it (`zstd -d`)"),
    b"\x04\x22\x4d\x18": ("lz4", "unpack it (`lz4 -d`)"),
    b"\x1f\x9d": ("compress", "unpack it (`uncompress`)"),
    b"PK\x03\x04": ("zip", "unpack it (`unzip`)"),
    b"7z\xbc\xaf\x27\x1c": ("7z", "unpack it (`7z x`)"),
    b"\x89LZO\x00\r\n\x1a\n": ("lzop", "unpack it (`lzop -d`)"),
    b"\xff\x06\x00\x00sNaPpY": ("snappy", "unpack it (`snzip -d`)"),
    b"PGDMP": ("pg_dump's own format", "write it out as text (`pg_restore -f`)"),
    b"LPKSHHRH": ("the systemd journal's format", "write it out as text (`journalctl --file`)"),
}
# RFC 8878, 3.1.2: a frame that a reader skips may stand before the first one of zstd, or of lz4.
_SKIPPED_FRAME: Final = b"\x2a\x4d\x18"
# POSIX 1003.1, "ustar interchange format": what is in it may be compressed in turn.
_TAR_AT: Final = 257
_TAR: Final = b"ustar"
_OPENED_BYTES_MAX: Final = max(map(len, _OPENED))


def opened(path: Path) -> BufferedIOBase:
    """Open a file: decompressed where its first bytes say so, else as it is."""
    with path.open("rb") as file:
        unpack = _unpacker(file.read(_OPENED_BYTES_MAX))
    return path.open("rb") if unpack is None else unpack(path)


def closed(head: bytes) -> tuple[str, str] | None:
    """Return the format of what `opened` gives where that cannot be looked into, and what to do about it."""
    if head[:1] and head[0] & 0xF0 == 0x50 and head[1:4] == _SKIPPED_FRAME:  # noqa: PLR2004 - its lower half is free
        return _CLOSED[b"\x28\xb5\x2f\xfd"]
    if head.startswith(_TAR, _TAR_AT):
        return "tar", "unpack it (`tar -x`)"
    if _unpacker(head) is not None:
        return "compressed more than once", "unpack it"
    return next((told for magic, told in _CLOSED.items() if head.startswith(magic)), None)


def _unpacker(head: bytes) -> Callable[[Path], BufferedIOBase] | None:
    return next((unpack for magic, unpack in _OPENED.items() if head.startswith(magic)), None)
