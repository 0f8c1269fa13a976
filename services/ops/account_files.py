"""Reading an import file: CSV or JSON Lines, UTF-8, one mapping a line. What the lines mean is checked elsewhere."""

import csv
import io
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import orjson
from rich.console import Console
from rich.progress import wrap_file

FILE_BYTES_MAX: Final = 1024 * 1024 * 1024
_JSON_SUFFIXES: Final = frozenset({".jsonl", ".ndjson", ".json"})


class Fault(NamedTuple):
    """What is wrong in a line of the file (1 is the first; 0 is the file as a whole)."""

    line: int
    reason: str


def raw(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    """Return each line's number with what stands in it, or with its fault. `columns` are those that a CSV may name.

    JSON Lines are read a line at a time, so that a file of a million accounts is never in memory as text.
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            yield 0, Fault(0, f"the file is larger than {FILE_BYTES_MAX // 1024 // 1024} MiB: split it")
            return
        with path.open("rb") as file:
            if path.suffix.lower() in _JSON_SUFFIXES or _begins_as_json(file):
                with _watched(file, path.stat().st_size) as watched:
                    yield from _json_lines(watched)
            else:
                yield from _csv_lines(file.read(), columns)
    except OSError as error:
        yield 0, Fault(0, f"{path} cannot be read: {error.strerror or type(error).__name__}")


def _watched(file: BinaryIO, size: int) -> AbstractContextManager[BinaryIO]:
    """Show on a terminal how much of a file has been read."""
    if not sys.stderr.isatty():
        return nullcontext(file)
    return wrap_file(file, size, description="reading accounts", console=Console(stderr=True))


def _begins_as_json(file: BinaryIO) -> bool:
    begin = next((stripped for line in file if (stripped := line.removeprefix(BOM_UTF8).lstrip())), b"")
    file.seek(0)
    return begin.startswith(b"{")


def _json_lines(file: BinaryIO) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    for number, raw_line in enumerate(file, start=1):
        line = raw_line.removeprefix(BOM_UTF8) if number == 1 else raw_line
        if line.isspace() or not line:
            continue
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            try:
                line.decode()
            except UnicodeDecodeError as fault:
                yield number, _not_utf8(number, fault)
                return
            yield number, Fault(number, f"not JSON: {error.msg} at column {error.colno}")
            continue
        yield number, found if isinstance(found, dict) else Fault(number, "not a JSON object")


def _csv_lines(data: bytes, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        yield line, _not_utf8(line, error)
        return
    yield from _csv_rows(text, columns)


def _not_utf8(line: int, error: UnicodeDecodeError) -> Fault:
    byte = error.object[error.start]
    return Fault(line, f"not UTF-8 (byte 0x{byte:02x}): save the file as UTF-8 and import it again")


def _csv_rows(text: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if not header:
            return
        if fault := _header_fault(header, columns):
            yield 1, fault
            return
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) > len(header) or (cells and len(cells) < len(header)):
                yield line, Fault(line, f"{len(cells)} fields, and the header names {len(header)}")
            elif cells:
                yield line, {name: cell for name, cell in zip(header, cells, strict=True) if cell != ""}
            line = reader.line_num + 1
    except csv.Error as error:
        yield line, Fault(line, f"not CSV: {error}")


def _header_fault(header: list[str], columns: Sequence[str]) -> Fault | None:
    unknown = [name for name in header if name not in columns]
    if "kind" not in header or unknown or len(set(header)) < len(header):
        wrong = f"; unknown: {', '.join(repr(name[:40]) for name in unknown[:5])}" if unknown else ""
        return Fault(1, f"the first line must name the columns, separated by commas: {', '.join(columns)}{wrong}")
    return None
