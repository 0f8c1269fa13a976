"""Reading an import file: CSV or JSON Lines, UTF-8, one mapping a line. What the lines mean is checked elsewhere."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

FILE_BYTES_MAX: Final = 512 * 1024 * 1024


class Fault(NamedTuple):
    """What is wrong in a line of the file (1 is the first; 0 is the file as a whole)."""

    line: int
    reason: str


def raw(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    """Return each line's number with what stands in it, or with its fault. `columns` are those that a CSV may name."""
    text = _text(path)
    if isinstance(text, Fault):
        yield text.line, text
    elif path.suffix.lower() in {".jsonl", ".ndjson", ".json"} or text.lstrip().startswith("{"):
        yield from _json_lines(text)
    else:
        yield from _csv_rows(text, columns)


def _text(path: Path) -> str | Fault:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            return Fault(0, f"the file is larger than {FILE_BYTES_MAX // 1024 // 1024} MiB: split it")
        data = path.read_bytes()
    except OSError as error:
        return Fault(0, f"{path} cannot be read: {error.strerror or type(error).__name__}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Fault(line, f"not UTF-8 (byte 0x{data[error.start]:02x}): save the file as UTF-8 and import it again")


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield number, Fault(number, f"not JSON: {error.msg} at column {error.colno}")
            continue
        yield number, found if isinstance(found, dict) else Fault(number, "not a JSON object")


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
