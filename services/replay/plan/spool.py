"""Writes a spool: a recording remade, laid out by worker, and put into the order of the timeline. See `spooled`.

A worker owns partitions whole, so that the order of a key never depends on two processes.
"""

import errno
import marshal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import numpy as np
import orjson
from numpy.typing import NDArray

from services.replay.outcome import Unusable
from services.replay.plan.choices import Choices
from services.replay.plan.moving import stamps_ms
from services.replay.plan.passing import Made, Pass
from services.replay.plan.playable import Playable, Progress, Source, unwatched
from services.replay.plan.remaking import Outgoing, Remaker
from services.replay.plan.spooled import (
    FACTS,
    FORMAT_OF_BODY,
    INSTANTS,
    ROW,
    ROWS,
    TOPIC_COUNT_MAX,
    WORKER_COUNT_MAX,
    Ready,
    Spool,
    SpoolReader,
    body_name,
)
from services.replay.plan.timeline import Timeline
from services.replay.recording.uncollected import uncollected

__all__ = ["Ready", "Spool", "SpoolReader", "spooled", "write_spool"]

_AS_MADE: Final = "rows-as-made"
_NO_ID: Final = b"0" * 32
_SORTED_COUNT: Final = 1_000_000


class Watcher(Protocol):
    """Looks on as a recording is remade; `survey.Survey` is one."""

    def watch(self, made: Made) -> None: ...


def write_spool(
    folder: Path,
    recording: Source,
    choices: Choices,
    remaker: Remaker,
    workers: int,
    progress: Progress = unwatched,
) -> Spool:
    """Write the spool of a run into an empty or new folder and return it. Raises Unusable, as `spooled` does."""
    return spooled(folder, Pass(Playable(recording, choices), remaker, progress), workers)


def spooled(folder: Path, playing: Pass, workers: int, survey: Watcher | None = None) -> Spool:
    """Make all records of a pass, write them into an empty or new folder and return the spool.

    Raises Unusable for a recording that is at fault or a disk that is full; the folder holds no spool then.
    """
    topics = tuple(dict.fromkeys(playing.remaker.choices.topics.values()))
    if not 1 <= workers <= WORKER_COUNT_MAX or len(topics) > TOPIC_COUNT_MAX:
        raise Unusable(f"1 to {WORKER_COUNT_MAX} workers and {TOPIC_COUNT_MAX} topics can play at once, not {workers}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds proofs
    with _whole_or_nothing(folder), uncollected():
        with ExitStack() as files:
            writing = _Writing(folder, topics, workers, files)
            for made in playing.all_loops():
                writing.add(made.outgoing)
                if survey is not None:
                    survey.watch(made)
        _put_in_order(folder, playing.timeline, playing.remaker)
        np.save(folder / INSTANTS, playing.timeline.instants)
        (folder / FACTS).write_bytes(orjson.dumps({"topics": topics, "workers": workers}))
    return Spool(folder, topics, workers)


class _Writing:
    """The open files of a spool."""

    def __init__(self, folder: Path, topics: tuple[str, ...], workers: int, files: ExitStack) -> None:
        self._topics = {name: number for number, name in enumerate(topics)}
        self._workers = workers
        self._rows: BinaryIO = files.enter_context((folder / _AS_MADE).open("wb"))
        self._bodies = [files.enter_context((folder / body_name(worker)).open("wb")) for worker in range(workers)]
        self._lengths = [0] * workers

    def add(self, outgoing: list[Outgoing]) -> None:
        """Write one batch."""
        bodies = [marshal.dumps((out[3], out[4], out[5]), FORMAT_OF_BODY) for out in outgoing]
        sizes = np.array([len(body) for body in bodies], np.int64)
        rows = self._rows_of(outgoing)
        for worker, file in enumerate(self._bodies):
            mine = np.flatnonzero(rows["worker"] == worker)
            ends = self._lengths[worker] + np.cumsum(sizes[mine])
            rows["place"][mine] = ends - sizes[mine]
            if len(mine):
                self._lengths[worker] = int(ends[-1])
                file.write(b"".join([bodies[number] for number in mine.tolist()]))
        self._rows.write(rows.tobytes())

    def _rows_of(self, outgoing: list[Outgoing]) -> NDArray[np.void]:
        """Return the rows of a batch, without the places of their bodies."""
        rows = np.empty(len(outgoing), ROW)
        rows["timestamp_ms"] = [out.timestamp_ms for out in outgoing]
        rows["partition"] = [out.partition for out in outgoing]
        rows["worker"] = rows["partition"] % self._workers
        rows["topic"] = [self._topics[out.topic] for out in outgoing]
        halves = np.frombuffer(bytes.fromhex(_hexadecimal(outgoing)), ">u8").reshape(-1, 2)
        rows["id_high"], rows["id_low"] = halves[:, 0], halves[:, 1]
        return rows


def _hexadecimal(outgoing: list[Outgoing]) -> str:
    """Return the request ids as digits, zeros for none."""
    return b"".join([out.request_id or _NO_ID for out in outgoing]).replace(b"-", b"").decode("ascii")


def _put_in_order(folder: Path, line: Timeline, remaker: Remaker) -> None:
    """Write the rows in the order of the timeline, with the records' own times as they can be only now."""
    if not len(line.instants):
        (folder / ROWS).touch()
    else:
        made = np.memmap(folder / _AS_MADE, dtype=ROW, mode="r")
        with (folder / ROWS).open("wb") as file:
            for first in range(0, len(line.instants), _SORTED_COUNT):
                file.write(_ordered(made, slice(first, first + _SORTED_COUNT), line, remaker).tobytes())
    (folder / _AS_MADE).unlink()


def _ordered(made: NDArray[np.void], part: slice, line: Timeline, remaker: Remaker) -> NDArray[np.void]:
    """Return a part of the timeline's rows."""
    instants = line.instants[part]
    places = np.arange(part.start, part.start + len(instants))
    loops = places // line.count
    rows = made[places if line.order is None else loops * line.count + line.order[places % line.count]]
    if remaker.choices.times != "now":
        distances_ms = np.array([remaker.distance_ms(loop) for loop in range(loops[-1] + 1)])[loops]
        sendings_ms = remaker.start_ms + (instants * 1000).astype(np.int64)
        rows["timestamp_ms"] = stamps_ms(remaker.choices.times, rows["timestamp_ms"], distances_ms, sendings_ms)
    return rows


@contextmanager
def _whole_or_nothing(folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as trouble:
        for name in [_AS_MADE, ROWS, INSTANTS, FACTS, *(path.name for path in folder.glob(body_name(0)[:-1] + "*"))]:
            (folder / name).unlink(missing_ok=True)
        if isinstance(trouble, OSError):
            raise Unusable(_no_room(folder, trouble)) from None
        raise


def _no_room(folder: Path, trouble: OSError) -> str:
    if trouble.errno == errno.ENOSPC:
        return f"{folder}: the disk is full; nothing was sent and the spool is removed. `plan` says how much it needs"
    return f"{folder}: the spool cannot be written: {trouble.strerror}; nothing was sent"
