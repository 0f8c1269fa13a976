"""What a worker's walks came to: one line each in `walks-<worker>.jsonl`, written before the confirm form is sent.

So whoever measures knows a request's id before its transaction can come back.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

import orjson

from services.replay.outcome import Unusable

BOOKS: Final = "walks-*.jsonl"


class Book:
    """Where one worker writes its walks down, by their place in the timeline."""

    def __init__(self, folder: Path, worker: int) -> None:
        self._path = folder / f"walks-{worker}.jsonl"
        self._file = self._path.open("ab", buffering=0)

    def asked(self, index: int, request_id: UUID, key: str) -> None:
        """Note under which id a walk's request will be known."""
        self._write({"index": index, "request_id": str(request_id), "key": key})

    def received(self, index: int) -> None:
        """Note that auth said "received"."""
        self._write({"index": index, "received": True})

    def refused(self, index: int, why: str) -> None:
        """Note that auth itself ended the walk."""
        self._write({"index": index, "refused": why})

    def stopped(self, index: int, why: str) -> None:
        """Note that a walk could not go on."""
        self._write({"index": index, "stopped": why})

    def _write(self, entry: dict[str, object]) -> None:
        try:
            self._file.write(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))
        except OSError as error:
            raise Unusable(f"{self._path}: {error.strerror}; the walks until then are in it") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write no more."""
        self._file.close()


class Reader:
    """Reads the books of all workers while they are being written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._at: dict[Path, int] = {}

    def new(self) -> Iterator[dict[str, Any]]:
        """Yield the entries that were added since this was last asked."""
        for path in sorted(self._folder.glob(BOOKS)):
            with path.open("rb") as file:
                file.seek(self._at.get(path, 0))
                for line in file:
                    if not line.endswith(b"\n"):  # the rest of it is being written
                        break
                    self._at[path] = self._at.get(path, 0) + len(line)
                    yield orjson.loads(line)
