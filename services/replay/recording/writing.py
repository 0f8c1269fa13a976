"""Writes a recording: lines are made here, and digested, compressed and written by a thread behind.

Until it is closed the first line says `complete: false`, so that a recording which was killed is never taken for whole.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, Self

from services.replay.outcome import Unusable
from services.replay.recording.body import Body
from services.replay.recording.lines import line_of
from services.replay.recording.manifest import Draft, Manifest, room_bytes_of
from services.replay.recording.mending import mend
from services.replay.recording.packing import Damaged, packing_for
from services.replay.recording.record import Recorded
from services.replay.recording.tally import Counted, Tally

BLOCK_BYTES: Final = 4 * 1024 * 1024
WAITING_COUNT_MAX: Final = 3


class Stopped(Unusable):
    """The disk would not take more. `manifest` is of the file as it was left: whole, with all before; None where
    there is no such file.
    """

    def __init__(self, message: str, manifest: Manifest | None) -> None:
        super().__init__(message)
        self.manifest = manifest


class RecordingWriter:
    """Use it as a block of `with`: its end closes the recording. After an error in the block the file stays
    `complete: false`, with all that was given to it before.

    Raises Unusable where the file is there already (unless `replace`) or cannot be made, Stopped where the disk is
    full or at fault.
    """

    def __init__(self, path: Path, draft: Draft, *, replace: bool = False) -> None:
        self.path = path
        self.draft = draft
        self._packing = packing_for(path)
        self._room_bytes = room_bytes_of(draft)
        self._tally = Tally()
        self._lines = bytearray()
        self._blocks: deque[Future[None]] = deque()
        self._body = Body.create(path, replace=replace)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recording")
        self._closed = False
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._closed:
            return
        if kind is None:
            self.close()
        else:
            self.abandon()

    @property
    def count(self) -> int:
        """How many records were given to it."""
        return self._tally.count

    def write(self, records: Sequence[Recorded]) -> None:
        """Add some records in their order. Raises ValueError for one that no line can hold, and adds none then."""
        lines = b"".join([line_of(record) for record in records])
        self._tally.add(records)
        self._add(lines)

    def write_lines(self, lines: Iterable[bytes], counted: Iterable[Counted]) -> None:
        """Add the lines of some records, and what is counted of them."""
        for each in counted:
            self._tally.add_counted(each)
        self._add(b"".join(lines))

    def _add(self, lines: bytes) -> None:
        self._lines += lines
        while len(self._lines) >= BLOCK_BYTES:
            self._hand_over(_whole_lines(self._lines))

    def flush(self) -> None:
        """Hand over what waits for a block to fill, so that a kill loses no more than what comes after."""
        self._hand_over(len(self._lines))

    def close(self, **notes: str) -> Manifest:
        """Write what is left and the manifest with these further notes, and return it."""
        self._end()
        self.draft = self.draft.model_copy(update={"notes": self.draft.notes | notes})
        manifest = self._manifest(complete=True)
        self._put_first(manifest)
        self._shut()
        return manifest

    def abandon(self) -> None:
        """Write what is left; the file goes on saying that it is not complete."""
        self._end()
        self._shut()

    def _hand_over(self, length: int) -> None:
        with memoryview(self._lines) as lines:
            block = bytes(lines[:length])
        del self._lines[:length]
        if block:
            self._settle(WAITING_COUNT_MAX - 1)
            self._blocks.append(self._thread.submit(self._body.append, block, self._packing.block))

    def _settle(self, count_max: int) -> None:
        """Wait until no more than so many blocks are under way."""
        while len(self._blocks) > count_max:
            try:
                self._blocks.popleft().result()
            except OSError as error:
                raise self._stopped(error) from None

    def _end(self) -> None:
        self.flush()
        self._settle(0)

    def _begin(self) -> None:
        """Write the first line. Where there is no room for it no file is left."""
        try:
            self._write_first(self._manifest(complete=False))
        except OSError as error:
            self._shut()
            self.path.unlink(missing_ok=True)
            raise Stopped(f"{self.path}: {_why(error)}. No file was made: make room and start again", None) from None

    def _put_first(self, manifest: Manifest) -> None:
        try:
            self._write_first(manifest)
        except OSError as error:
            raise self._stopped(error) from None

    def _write_first(self, manifest: Manifest) -> None:
        self._body.put_first(self._packing.stored(manifest.line(self._room_bytes)))
        self._body.to_disk()

    def _shut(self) -> None:
        self._closed = True
        self._thread.shutdown(cancel_futures=True)
        self._body.close()

    def _stopped(self, error: OSError) -> Stopped:
        """Close the file as it is and let it say what it holds."""
        self._shut()
        why = _why(error)
        try:
            manifest = mend(self.path, self.draft, stopped=why)
        except (OSError, ValueError, Damaged, Unusable):
            salvage = f"`ecflink replay import {self.path} OUT --salvage` keeps what can be read"
            return Stopped(f"{self.path}: {why}. It could not be made whole: {salvage}", None)
        return Stopped(
            f"{self.path}: {why}. {manifest.count:,} of {self.count:,} records were kept, and the file is valid: use "
            "it as it is, or make room and record again",
            manifest,
        )

    def _manifest(self, *, complete: bool) -> Manifest:
        digest = self._body.digest.hexdigest()
        return self._tally.manifest(self.draft, complete=complete, body_sha256=digest, body_bytes=self._body.length)


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _whole_lines(lines: bytearray) -> int:
    """Return the length of the first block: where it is cut depends on the lines alone, not on who gave how many."""
    end = lines.rfind(b"\n", 0, BLOCK_BYTES)
    return 1 + (end if end >= 0 else lines.index(b"\n", BLOCK_BYTES))
