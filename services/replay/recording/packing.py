"""How a recording lies on the disk: plain, gzip or zstd. The suffix decides when writing, the first bytes when reading.

The manifest is a member (a frame) of its own that is stored and not compressed, so that its length is fixed and it can
be written anew in place; each block of the body is a further member. `zcat` and `zstd -dc` read them one after another.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path
from struct import pack
from typing import BinaryIO, Final, Protocol

import zstandard

from services.replay.outcome import Unusable

CHUNK_BYTES: Final = 4 * 1024 * 1024
_GZIP_LEVEL: Final = 4
# Half the time of level 3, and events that resemble each other become no larger.
_ZSTD_LEVEL: Final = 1
_GZIP_WBITS: Final = 31
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
# RFC 1952: deflate, no flags, no time, unknown system: the same records make the same bytes.
_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
# RFC 8878, 3.1.1: one segment, its size in four bytes, no checksum.
_ZSTD_STORED: Final = b"\xa0"


class Damaged(Exception):
    """Compressed data is cut off or not as it was written. The message says which."""


class Packing(Protocol):
    """One way to lie on the disk."""

    def stored(self, content: bytes) -> bytes:
        """Return bytes as a member whose length depends on theirs alone."""

    def block(self, content: bytes) -> bytes:
        """Return bytes as a member, compressed."""

    def chunks(self, file: BinaryIO) -> Iterator[bytes]:
        """Yield what a file holds in pieces of about CHUNK_BYTES. Raises Damaged after the last piece that is whole."""


class Plain:
    """As it is."""

    def stored(self, content: bytes) -> bytes:
        return content

    def block(self, content: bytes) -> bytes:
        return content

    def chunks(self, file: BinaryIO) -> Iterator[bytes]:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


class Gzip:
    """Members of gzip (RFC 1952)."""

    def stored(self, content: bytes) -> bytes:
        length = pack("<HH", len(content), len(content) ^ 0xFFFF)
        return _GZIP_HEADER + b"\x01" + length + content + pack("<II", zlib.crc32(content), len(content))

    def block(self, content: bytes) -> bytes:
        deflate = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WBITS)
        return deflate.compress(content) + deflate.flush()

    def chunks(self, file: BinaryIO) -> Iterator[bytes]:
        inflate, compressed, inside = zlib.decompressobj(_GZIP_WBITS), b"", False
        while compressed := compressed or file.read(CHUNK_BYTES):
            try:
                chunk = inflate.decompress(compressed, CHUNK_BYTES)
            except zlib.error as error:
                raise Damaged(f"its gzip data is damaged ({error})") from None
            if chunk:
                yield chunk
            inside = not inflate.eof
            compressed = inflate.unconsumed_tail if inside else inflate.unused_data
            inflate = inflate if inside else zlib.decompressobj(_GZIP_WBITS)
        if inside:
            raise Damaged("its gzip data is cut off")


class Zstd:
    """Frames of zstd (RFC 8878)."""

    def stored(self, content: bytes) -> bytes:
        block = (1 | len(content) << 3).to_bytes(3, "little")  # the last block, raw
        return _ZSTD_MAGIC + _ZSTD_STORED + pack("<I", len(content)) + block + content

    def block(self, content: bytes) -> bytes:
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True).compress(content)

    def chunks(self, file: BinaryIO) -> Iterator[bytes]:
        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True, closefd=False)
        try:
            while chunk := reader.read(CHUNK_BYTES):
                yield chunk
        except zstandard.ZstdError as error:
            raise Damaged(f"its zstd data is damaged ({error})") from None


_SUFFIXES: Final[dict[str, Packing]] = {".jsonl.gz": Gzip(), ".jsonl.zst": Zstd(), ".jsonl": Plain()}


def packing_for(path: Path) -> Packing:
    """Return how a file of this name is written. Raises Unusable for a name that says nothing of it."""
    for suffix, packing in _SUFFIXES.items():
        if path.name.endswith(suffix):
            return packing
    raise Unusable(f"{path}: the name of a recording ends in {', '.join(sorted(_SUFFIXES))}: choose one of them")


def packing_of(head: bytes) -> Packing:
    """Return how a file that begins with these bytes is read."""
    if head.startswith(_GZIP_MAGIC):
        return _SUFFIXES[".jsonl.gz"]
    return _SUFFIXES[".jsonl.zst"] if head.startswith(_ZSTD_MAGIC) else _SUFFIXES[".jsonl"]
