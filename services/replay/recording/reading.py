"""Reads a recording, and holds it against its manifest on the way: whoever reads it to its end knows that it is whole.

A thread reads, unpacks and digests ahead of whoever takes the lines.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from itertools import batched
from pathlib import Path
from typing import Final, Self

from services.replay.outcome import Unusable
from services.replay.recording.lines import record_of
from services.replay.recording.manifest import Manifest, parse_manifest
from services.replay.recording.packing import Damaged
from services.replay.recording.record import Recorded
from services.replay.recording.streams import body_blocks, first_line_of
from services.replay.recording.tally import Tally

BATCH_COUNT_MAX: Final = 2_000
_SALVAGE: Final = "`ecflink replay import {path} OUT --salvage` keeps the records that can be read"


class Recording:
    """A file and its manifest. Every method raises Unusable at the first fault, saying where and how much was good."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the manifest. Raises Unusable where the file is no recording, of another version, or not complete."""
        manifest = manifest_of(path)
        if not manifest.complete:
            raise Unusable(
                f"{path} is not complete: it is still being written, or its recorder was killed. "
                + _SALVAGE.format(path=path)
            )
        return cls(path, manifest)

    def batches(self, count_max: int = BATCH_COUNT_MAX) -> Iterator[list[Recorded]]:
        """Yield the records in the file's order, in batches; all were right when the iteration ends by itself."""
        tally = Tally()
        for lines in self.lines(count_max):
            records = self._parsed(lines, tally.count)
            tally.add(records)
            yield records
        if tally.topics({name: each.partition_count for name, each in self.manifest.topics.items()}) != (
            self.manifest.topics
        ):
            raise self._edited("its counts by topic are others than the manifest's", tally.count)

    def lines(self, count_max: int = BATCH_COUNT_MAX) -> Iterator[list[bytes]]:
        """Yield the lines in batches, without their newlines, and hold their number and digest against the manifest."""
        for block in self.blocks():
            for lines in batched(block.removesuffix(b"\n").split(b"\n"), count_max, strict=False):
                yield list(lines)

    def blocks(self) -> Iterator[bytes]:
        """Yield the lines in large blocks, with their newlines, and hold number and digest against the manifest."""
        digest, count = _Digest(), 0
        with closing(body_blocks(self.path, digest.update)) as blocks:
            try:
                for block in blocks:
                    count += block.count(b"\n")
                    if count > self.manifest.count:
                        raise self._edited("there are more records", self.manifest.count)
                    yield block
            except Damaged as damage:
                raise self._unusable(str(damage), count) from None
        if digest.length < self.manifest.body_bytes:
            missing = self.manifest.body_bytes - digest.length
            raise self._unusable(f"its end is cut off: {missing:,} bytes of its records are missing", count)
        if count != self.manifest.count or digest.hex != self.manifest.body_sha256:
            raise self._edited(f"the SHA-256 of its records is {digest.hex[:12]}…", count)

    def verify(self, progress: Callable[[int], None] = lambda _: None) -> None:
        """Read the file to its end for its digest alone. `progress` gets how many more lines were read."""
        for block in self.blocks():
            progress(block.count(b"\n"))

    def _parsed(self, lines: list[bytes], before: int) -> list[Recorded]:
        records: list[Recorded] = []
        try:
            records.extend(map(record_of, lines))
        except ValueError as error:
            good = before + len(records)
            raise self._unusable(f"line {good + 2} cannot be read: {error}", good) from None
        return records

    def _edited(self, what: str, good: int) -> Unusable:
        return self._unusable(f"it was changed after it was recorded: {what}, not {self._expected}", good)

    @property
    def _expected(self) -> str:
        return f"{self.manifest.body_sha256[:12]}… of {self.manifest.count:,} records"

    def _unusable(self, what: str, good: int) -> Unusable:
        return Unusable(
            f"{self.path}: {what}. {good:,} of {self.manifest.count:,} records were read until then. "
            + _SALVAGE.format(path=self.path)
        )


class _Digest:
    """The running SHA-256 of a body."""

    def __init__(self) -> None:
        self._hash = sha256()
        self.length = 0

    def update(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self.length += len(chunk)

    @property
    def hex(self) -> str:
        return self._hash.hexdigest()


def manifest_of(path: Path) -> Manifest:
    """Return the manifest of a recording, complete or not. Raises Unusable."""
    try:
        return parse_manifest(first_line_of(path))
    except ValueError as error:
        raise Unusable(
            f"{path} is not a recording that can be read: {error}. Lines of another tool become one by "
            "`ecflink replay import`"
        ) from None
