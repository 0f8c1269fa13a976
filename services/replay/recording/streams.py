"""The bytes of a recording on their way from the disk: unpacked by a thread that reads ahead, and split into lines."""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Final

from services.replay.outcome import Unusable
from services.replay.recording.manifest import ROOM_BYTES_MAX
from services.replay.recording.packing import Damaged, packing_of

LINE_BYTES_MAX: Final = 256 * 1024 * 1024
_HEAD_BYTES: Final = 8


def first_line_of(path: Path) -> bytes:
    """Return the first line of a file, unpacked, with its newline. Raises Unusable, and ValueError for no such line."""
    first, newline, _ = beginning_of(path).partition(b"\n")
    if not newline:
        raise ValueError("it has no first line")
    return first + newline


def beginning_of(path: Path) -> bytes:
    """Return a file's beginning, unpacked: its first line and more, or at most about ROOM_BYTES_MAX if that is longer.

    Raises Unusable, and ValueError where it is damaged.
    """
    line = b""
    try:
        with closing(unpacked(path)) as chunks:
            for chunk in chunks:
                line += chunk[: ROOM_BYTES_MAX + 1]
                if b"\n" in line or len(line) > ROOM_BYTES_MAX:
                    break
    except Damaged as damage:
        raise ValueError(str(damage)) from None
    return line


def body_blocks(path: Path, digested: Callable[[bytes], None]) -> Generator[bytes]:
    """Yield the lines after the first one in large blocks, reading ahead; the digest gets their bytes. A last line
    without its newline is not given out. Raises Unusable and Damaged, the latter after all that was good.
    """
    body = _without(len(first_line_of(path)), unpacked(path))
    return whole_lines(_ahead(body, digested))


def whole_lines(chunks: Generator[bytes], *, rest_too: bool = False) -> Generator[bytes]:
    """Yield chunks cut anew so that each ends with a newline; a last line that has none comes only with `rest_too`."""
    rest = b""
    with closing(chunks):
        for chunk in chunks:
            end = chunk.rfind(b"\n") + 1
            if not end:
                rest += chunk
            else:
                yield rest + chunk[:end]
                rest = chunk[end:]
            if len(rest) > LINE_BYTES_MAX:
                raise Damaged(f"a line is longer than {LINE_BYTES_MAX:,} bytes")
    if rest_too and rest:
        yield rest


def split(chunks: Generator[bytes], *, rest_too: bool = False) -> Generator[list[bytes]]:
    """Yield the lines of chunks in blocks, without their newlines; a last one that has none only with `rest_too`."""
    with closing(whole_lines(chunks, rest_too=rest_too)) as blocks:
        for block in blocks:
            yield block.removesuffix(b"\n").split(b"\n")


def _without(length: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[length:]
        length = max(0, length - len(chunk))


def _ahead(chunks: Iterator[bytes], digested: Callable[[bytes], None]) -> Generator[bytes]:
    """Yield chunks of which a thread always has the next one ready."""

    def one() -> bytes | None:
        chunk = next(chunks, None)
        if chunk:
            digested(chunk)
        return chunk

    with ThreadPoolExecutor(1, thread_name_prefix="reading") as thread:
        coming: Future[bytes | None] = thread.submit(one)
        while (chunk := coming.result()) is not None:
            coming = thread.submit(one)
            yield chunk


def unpacked(path: Path) -> Generator[bytes]:
    """Yield what a file holds in large pieces. Raises Unusable, and Damaged after the last piece that is whole."""
    try:
        with path.open("rb") as file:
            packing = packing_of(_peeked(file))
            yield from packing.chunks(file)
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from None


def _peeked(file: BinaryIO) -> bytes:
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    return head
