"""Records from files of any form: our own, also damaged ones, the lines of `kcat -J`, and Parquet."""

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

from services.replay.outcome import Unusable
from services.replay.recording.checking import checked_record_of
from services.replay.recording.kcat import from_kcat, is_kcat
from services.replay.recording.manifest import FORMAT, NOT_SEARCHED, Draft, Manifest
from services.replay.recording.packing import CHUNK_BYTES, Damaged
from services.replay.recording.parquet import MAGIC, read_parquet
from services.replay.recording.reading import Recording, manifest_of
from services.replay.recording.record import Recorded
from services.replay.recording.streams import beginning_of, split, unpacked

Form = Literal["recording", "lines", "kcat", "parquet"]
STDIN: Final = Path("-")


class Import:
    """What is read from one file. `skipped` counts lines that could not be read, and `faults` says what of some."""

    def __init__(self, path: Path, *, form: Form | None, salvage: bool) -> None:
        self.path = path
        self.form = form or form_of(path)
        self.skipped = 0
        self.faults: list[str] = []
        self._salvage = salvage
        self._promised = 0

    def draft(self, made_by: str) -> Draft:
        """Return what is known of the source beforehand."""
        notes = {"imported": self.form}
        if self.form != "recording":
            return Draft(made_by=made_by, notes=notes)
        manifest = manifest_of(self.path)
        self._promised = manifest.count
        return Draft(
            made_by=made_by,
            cluster_id=manifest.cluster_id,
            redaction=manifest.redaction,
            scenario=manifest.scenario,
            seed=manifest.seed,
            notes=manifest.notes | notes | self._unproved(manifest),
            partition_counts=_partition_counts(manifest),
        )

    def _unproved(self, manifest: Manifest) -> dict[str, str]:
        """Return the note that takes the place of a canary search's: what is salvaged may not be what was searched."""
        return {"canary": NOT_SEARCHED} if self._salvage and manifest.redaction is not None else {}

    def batches(self) -> Iterator[list[Recorded]]:
        """Yield the records. Raises Unusable at the first fault; with `salvage` it goes on where it can."""
        if self.form == "parquet":
            return read_parquet(self.path)
        if self.form == "recording" and not self._salvage:
            return Recording.open(self.path).batches()
        return self._read(from_kcat if self.form == "kcat" else checked_record_of)

    def _read(self, parse: Callable[[bytes], Recorded]) -> Iterator[list[Recorded]]:
        number = 0
        with closing(split(_chunks(self.path), rest_too=True)) as blocks:
            try:
                for lines in blocks:
                    records = [self._record(parse, line, number + place) for place, line in enumerate(lines, start=1)]
                    number += len(lines)
                    yield [record for record in records if record is not None]
            except Damaged as damage:
                self._fault(f"{damage}, after line {number:,}")

    def losses(self, kept: int) -> list[str]:
        """Return what was wrong with the source, after reading it, and what is missing of what its manifest says."""
        if kept < self._promised:
            return [*self.faults, f"{kept:,} of its {self._promised:,} records could be read"]
        return self.faults

    def _record(self, parse: Callable[[bytes], Recorded], line: bytes, number: int) -> Recorded | None:
        if not line.strip() or (number == 1 and self.form == "recording"):
            return None
        try:
            return parse(line)
        except ValueError as error:
            self.skipped += 1
            self._fault(f"line {number:,} cannot be read: {error}")
        return None

    def _fault(self, what: str) -> None:
        if not self._salvage:
            raise Unusable(f"{self.path}: {what}. With --salvage the records that can be read are kept")
        self.faults.append(what)
        del self.faults[20:]


def _partition_counts(manifest: Manifest) -> dict[str, int]:
    return {name: topic.partition_count for name, topic in manifest.topics.items()}


def form_of(path: Path) -> Form:
    """Tell the form of a file by how it begins; what comes on standard input is of kcat. Raises Unusable."""
    if path == STDIN:
        return "kcat"
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) == MAGIC:
                return "parquet"
        line = beginning_of(path).partition(b"\n")[0]
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise Unusable(f"{path} is of no form that can be imported: {error}") from None
    if not line:
        raise Unusable(f"{path} is of no form that can be imported: it has no first line")
    if FORMAT.encode() in line:
        return "recording"
    return "kcat" if is_kcat(line) else "lines"


def _chunks(path: Path) -> Generator[bytes]:
    if path != STDIN:
        yield from unpacked(path)
        return
    while chunk := sys.stdin.buffer.read(CHUNK_BYTES):
        yield chunk
