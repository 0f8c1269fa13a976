"""`sent.jsonl` in a run's folder: one line for each request that was handed over, for `ecflink audit --sent` and ours.

Whoever holds the ledger against it needs the id and the digest; where the record stands in the log comes beside them.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
import orjson
from numpy.typing import NDArray

from services.replay.drafts import whole_file
from services.replay.measure.manifest import FILE_NAME
from services.replay.outcome import Unusable
from services.replay.plan.spooled import Spool
from services.replay.run.sent import NO_OFFSET

_LINES_PER_WRITE: Final = 5_000


def write_manifest(folder: Path, spool: Spool) -> Path:
    """Write the lines of all workers, in the order of each one's timeline. Raises Unusable where the disk is full.

    `acknowledged` says whether the broker has said that it has the record; if not, it may be in the log or not. Of a
    worker that left nothing, as it was killed, nobody knows what it handed over: all of its lines are such.
    """
    path = folder / FILE_NAME
    try:
        with whole_file(path) as file:
            for worker in range(spool.workers):
                for lines in _batches(folder / f"sent-{worker}.npz", spool, worker):
                    file.write(b"".join(lines))
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}; what was sent is in sent-*.npz, but cannot be audited") from None
    return path


def _batches(sent: Path, spool: Spool, worker: int) -> Iterator[Sequence[bytes]]:
    reader = spool.reader(worker)
    positions, offsets, known = _left(sent, len(reader))
    for first in range(0, len(positions), _LINES_PER_WRITE):
        lines = []
        some = positions[first : first + _LINES_PER_WRITE]
        for position, request_id in zip(some.tolist(), spool.request_ids(reader.index[some]), strict=True):
            index, topic, partition, _, key, value, _ = reader[position]
            if request_id is None or value is None:
                continue
            line = {
                "request_id": request_id,
                "digest": sha256(value).hexdigest(),
                "topic": topic,
                "partition": partition,
                "offset": int(offsets[position]),
                "key": None if key is None else key.decode("utf-8", "backslashreplace"),
                "index": index,
                "acknowledged": bool(known[position]),
            }
            lines.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        reader.let_go()
        yield lines


def _left(sent: Path, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return a worker's positions that count as handed over; and by position offsets, and whether it is in the log."""
    if not sent.exists():
        return np.arange(count), np.full(count, NO_OFFSET), np.zeros(count, np.bool_)
    with np.load(sent) as left:
        return np.flatnonzero(~np.isnan(left["handed_s"])), left["offset"], ~np.isnan(left["acknowledged_s"])
