"""Recordings to and from Parquet, in groups of rows of a bounded size. Needs the extra `ecflink[parquet]`."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from services.replay.outcome import Unusable
from services.replay.recording.body import new_file
from services.replay.recording.record import Recorded

MAGIC: Final = b"PAR1"
ROW_COUNT_MAX: Final = 20_000
_COLUMNS: Final = ("topic", "partition", "offset", "timestamp", "timestamp_type", "key", "headers", "value")


def _pyarrow() -> tuple[ModuleType, ModuleType]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise Unusable("Parquet needs pyarrow: install `ecflink[parquet]`") from None


def write_parquet(path: Path, batches: Iterable[list[Recorded]]) -> int:
    """Write records to a new file, and return how many. Raises Unusable."""
    arrow, parquet = _pyarrow()
    schema, count = _schema(arrow), 0
    try:
        with new_file(path) as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in batches:
                writer.write_table(arrow.Table.from_pylist([_row(record) for record in batch], schema))
                count += len(batch)
    except OSError as error:
        # Without its end a file of Parquet cannot be read.
        path.unlink(missing_ok=True)
        raise Unusable(f"{path}: {error.strerror or error}. Nothing was kept: make room and export again") from None
    return count


def read_parquet(path: Path) -> Iterator[list[Recorded]]:
    """Yield the records of a file. Raises Unusable where it has not the columns that `write_parquet` writes."""
    arrow, parquet = _pyarrow()
    try:
        file = parquet.ParquetFile(path)
        if missing := [name for name in _COLUMNS if name not in file.schema_arrow.names]:
            raise Unusable(f"{path} has no column {', '.join(missing)}: a recording has {', '.join(_COLUMNS)}")
        for batch in file.iter_batches(ROW_COUNT_MAX, columns=list(_COLUMNS)):
            yield [_record(row) for row in batch.cast(_schema(arrow)).to_pylist()]
    except (arrow.ArrowInvalid, arrow.ArrowNotImplementedError, OSError) as error:
        raise Unusable(f"{path} cannot be read as Parquet: {error}") from None


def _schema(arrow: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    header = arrow.struct([arrow.field("name", arrow.string()), arrow.field("value", arrow.binary())])
    types = (
        arrow.string(),
        arrow.int32(),
        arrow.int64(),
        arrow.int64(),
        arrow.string(),
        arrow.binary(),
        arrow.list_(header),
        arrow.binary(),
    )
    return arrow.schema(list(zip(_COLUMNS, types, strict=True)))


def _row(record: Recorded) -> dict[str, object]:
    row: dict[str, object] = dict(zip(_COLUMNS, record, strict=True))
    row["headers"] = [{"name": name, "value": text} for name, text in record.headers]
    return row


def _record(row: dict[str, Any]) -> Recorded:
    headers = tuple([(each["name"], each["value"]) for each in row["headers"] or ()])
    return Recorded(
        **{
            **{name: row[name] for name in _COLUMNS if name != "timestamp"},
            "headers": headers,
            "timestamp_ms": row["timestamp"],
        }
    )
