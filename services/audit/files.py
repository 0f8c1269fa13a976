"""Files as streams of bytes for the search of canaries: logs, dumps, the write-ahead log, a process's memory.

Whatever cannot be read is named by an Unreadable, so that nothing counts as clean that nobody looked at.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BufferedIOBase
from pathlib import Path
from typing import Final

from services.audit.compressed import TORN, closed, opened

CHUNK_BYTES: Final = 4 * 1024 * 1024
_SEGMENT: Final = re.compile(r"^[0-9A-F]{24}$")
_PAGE_BYTES: Final = 8192
_LONG_HEADER: Final = 0x0002
_HEADER_BYTES: Final = 24
_LONG_HEADER_BYTES: Final = 40
_WALDUMP_S_MAX: Final = 600
_END_OF_LOG: Final = b"error in WAL record at"
_WRITABLE_MAPPING: Final = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw\S+ \S+ \S+ \S+\s*(.*)$")


class Unreadable(Exception):
    """A place that was to be searched cannot be read. The message says which, and what to do."""


def under(folder: Path) -> list[Path]:
    """Return every file under a folder. Raises Unreadable."""
    if not folder.is_dir():
        raise Unreadable(f"{folder} is not a folder that can be read")
    faults: list[OSError] = []
    found = [Path(place) / name for place, _, names in os.walk(folder, onerror=faults.append) for name in names]
    if faults:
        raise Unreadable(f"{folder} cannot be read whole: {faults[0].strerror}; run the audit as a user who may")
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def content(path: Path) -> Iterator[bytes]:
    """Yield what a file holds, decompressed where its first bytes say so. Raises Unreadable, also for what is
    compressed in a way that cannot be undone here.
    """
    chunks = _read(path, opened)
    first = next(chunks, b"")
    if (told := closed(first)) is not None:
        form, remedy = told
        raise Unreadable(f"{path} was not searched, as it is {form}: {remedy} and run the audit again")
    yield first
    yield from chunks


def raw(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes as they are. Raises Unreadable."""
    yield from _read(path, lambda path: path.open("rb"))


def _read(path: Path, open_file: Callable[[Path], BufferedIOBase]) -> Iterator[bytes]:
    try:
        with open_file(path) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except FileNotFoundError:
        return  # rotated or recycled meanwhile, under a name that is searched too or gone for good
    except PermissionError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}; run the audit as a user who may") from None
    except TORN as error:
        raise Unreadable(f"{path} cannot be read to its end: {error}; is it damaged, or still written?") from None


def segments(folder: Path) -> list[Path]:
    """Return the segments of a write-ahead log, oldest first. Raises Unreadable where there are none."""
    found = [path for path in under(folder) if path.parent == folder and _SEGMENT.match(path.name)]
    if not found:
        raise Unreadable(f"{folder} holds no write-ahead log: give the folder pg_wal of the database")
    return found


def payload(path: Path) -> Iterator[bytes]:
    """Yield what a segment's pages hold without their headers, so that a record across two pages is whole."""
    for chunk in raw(path):
        pages = [chunk[start : start + _PAGE_BYTES] for start in range(0, len(chunk), _PAGE_BYTES)]
        yield b"".join(page[_header_bytes(page) :] for page in pages)


def _header_bytes(page: bytes) -> int:
    return _LONG_HEADER_BYTES if int.from_bytes(page[2:4], "little") & _LONG_HEADER else _HEADER_BYTES


def full_pages(folder: Path, program: str) -> Iterator[bytes]:
    """Yield the page images of a write-ahead log, decompressed by Postgres's own pg_waldump. Raises Unreadable."""
    oldest = segments(folder)[0]
    with tempfile.TemporaryDirectory(prefix="ecflink-audit-") as scratch:
        pages = Path(scratch) / "pages"
        command = [program, "--quiet", f"--save-fullpage={pages}", f"--path={folder}", oldest.name]
        try:
            done = subprocess.run(  # noqa: S603 - the operator names it
                command, capture_output=True, check=False, timeout=_WALDUMP_S_MAX, env=os.environ | {"LC_ALL": "C"}
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unreadable(f"{program} did not read {folder}: {error}") from None
        # At the end of a log that is written to, it stops at what is not a record yet; that is no failure.
        if not pages.is_dir() or (done.returncode and _END_OF_LOG not in done.stderr):
            raise Unreadable(f"{program} did not read {folder}: {done.stderr.decode('utf-8', 'replace').strip()[:300]}")
        for path in pages.iterdir():
            yield from raw(path)


def waldump_of(program: str | None) -> str | None:
    """Return pg_waldump as given, or as it is found; None where there is none."""
    return program or shutil.which("pg_waldump")


def memory(pid: int) -> Iterator[bytes]:
    """Yield what a process may write of its own memory, mapping by mapping: code holds no secret. Raises Unreadable."""
    try:
        mappings = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace").splitlines()
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as file:
            for line in mappings:
                found = _WRITABLE_MAPPING.match(line)
                if found is None or found[3].startswith(("[vvar", "[vsyscall", "/dev/")):
                    continue
                yield from _mapping(file.fileno(), int(found[1], 16), int(found[2], 16))
    except (OSError, ValueError) as error:
        raise Unreadable(f"the memory of process {pid} cannot be read: {error}; run the audit as its user") from None


def _mapping(descriptor: int, start: int, end: int) -> Iterator[bytes]:
    with suppress(OSError):  # unmapped meanwhile, or a page that even its owner cannot read
        while start < end and (chunk := os.pread(descriptor, min(CHUNK_BYTES, end - start), start)):
            yield chunk
            start += len(chunk)
    yield b"\x00" * 64  # mappings are not neighbours
