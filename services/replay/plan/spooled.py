"""A spool: a run's records ready to be sent, in files that a worker maps into memory and reads without parsing.

`rows` has one fixed row for each record in the order of the timeline; `body-<worker>` holds its key, value and headers
at the place that the row names. It lives for one run on one machine.
"""

import marshal
import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray

from services.replay.plan.rates import Instants

ROW: Final = np.dtype(
    [
        ("place", "<u8"),
        ("timestamp_ms", "<i8"),
        ("id_low", "<u8"),
        ("id_high", "<u8"),
        ("partition", "<u4"),
        ("topic", "u1"),
        ("worker", "u1"),
    ]
)
FORMAT_OF_BODY: Final = 2
"""The version of `marshal` without references, which is quickest to write; both ends are of one interpreter."""
ROWS: Final = "rows"
INSTANTS: Final = "instants.npy"
FACTS: Final = "spool.json"
WORKER_COUNT_MAX: Final = 64
TOPIC_COUNT_MAX: Final = 255

Headers = list[tuple[str, bytes | None]]
Ready = tuple[int, str, int, int, bytes | None, bytes | None, Headers]
"""A record as it goes out: place in the timeline, topic, partition, time in ms, key, value, headers."""


def body_name(worker: int) -> str:
    """Return the name of a worker's body file."""
    return f"body-{worker}"


class Spool:
    """An open spool. Arrays are by place in the timeline: `instants` in seconds, `ids` the low 64 bits of each link
    request's id (0 for anything else), `worker` who sends it.
    """

    def __init__(self, folder: Path, topics: tuple[str, ...], workers: int) -> None:
        self.folder = folder
        self.topics = topics
        self.workers = workers
        self.instants: Instants = np.load(folder / INSTANTS, mmap_mode="r")
        empty = np.empty(0, ROW)
        self._rows: NDArray[np.void] = (
            np.memmap(folder / ROWS, dtype=ROW, mode="r") if (folder / ROWS).stat().st_size else empty
        )

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open what `write_spool` has written."""
        facts = orjson.loads((folder / FACTS).read_bytes())
        return cls(folder, tuple(facts["topics"]), facts["workers"])

    @property
    def count(self) -> int:
        """How many records the timeline has."""
        return len(self.instants)

    @property
    def ids(self) -> NDArray[np.uint64]:
        """The low 64 bits of each request id."""
        return self._column("id_low")

    @property
    def worker(self) -> NDArray[np.uint8]:
        """Which worker sends which record."""
        return self._column("worker")

    def request_ids(self, index: NDArray[np.int64]) -> list[UUID | None]:
        """Return the whole ids of link requests, None for any other record."""
        rows = self._rows[index]
        self._forget()
        halves = zip(rows["id_high"].tolist(), rows["id_low"].tolist(), strict=True)
        return [UUID(int=high << 64 | low) if high or low else None for high, low in halves]

    def reader(self, worker: int) -> "SpoolReader":
        """Return a worker's share."""
        mine = np.flatnonzero(self._column("worker") == worker)
        columns = [self._column(name) for name in ("topic", "partition", "timestamp_ms", "place")]
        if len(mine) < self.count:
            columns = [column[mine] for column in columns]
        return SpoolReader(self.folder / body_name(worker), self.topics, mine, columns)

    def remove(self) -> None:
        """Remove its files, and its folder if nothing else is in it."""
        for name in [ROWS, INSTANTS, FACTS, *(body_name(worker) for worker in range(self.workers))]:
            (self.folder / name).unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _column(self, name: str) -> NDArray[Any]:
        column = np.ascontiguousarray(self._rows[name])
        self._forget()
        return column

    def _forget(self) -> None:
        if isinstance(self._rows, np.memmap):
            _let_go(self._rows.base)


class SpoolReader:
    """A worker's records in the order of the timeline: a sequence of Ready. `index`: their places in it."""

    def __init__(
        self, path: Path, topics: tuple[str, ...], index: NDArray[np.int64], columns: Sequence[NDArray[Any]]
    ) -> None:
        self.index = index
        self._topics = topics
        self._index, *self._columns = (memoryview(column) for column in (index, *columns))
        self._mapped = _mapped(path)
        self._body = memoryview(self._mapped)

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, position: int) -> Ready:
        topic, partition, timestamp_ms, place = self._columns
        key, value, headers = marshal.loads(self._body[place[position] :])  # noqa: S302 - our own file, of this run
        return (
            self._index[position],
            self._topics[topic[position]],
            partition[position],
            timestamp_ms[position],
            key,
            value,
            headers,
        )

    def let_go(self) -> None:
        """Give back the memory that holds what was read; what is read again comes from the disk's cache again."""
        _let_go(self._mapped)

    def __iter__(self) -> Iterator[Ready]:
        return (self[position] for position in range(len(self)))


def _let_go(mapped: object) -> None:
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def _mapped(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
