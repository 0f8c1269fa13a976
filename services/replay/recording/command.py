"""`ecflink replay import` and `export`: recordings from and to the forms of other tools."""

from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from services.replay.outcome import Unusable, exiting
from services.replay.recording.body import new_file
from services.replay.recording.importing import Form, Import
from services.replay.recording.kcat import to_kcat
from services.replay.recording.parquet import write_parquet
from services.replay.recording.reading import Recording
from services.replay.recording.record import Recorded
from services.replay.recording.uncollected import uncollected
from services.replay.recording.writing import RecordingWriter
from services.runtime.screen import progressing, say, warn


@exiting()
def import_(
    source: Path, output: Path, *, form: Form | None = None, salvage: Annotated[bool, Parameter(negative=())] = False
) -> int:
    """Make a recording from lines of `kcat -J`, Parquet, or another recording.

    Parameters
    ----------
    source
        The file, compressed or not; `-` reads lines of kcat from standard input.
    output
        A new recording: NAME.jsonl, NAME.jsonl.gz or NAME.jsonl.zst.
    form
        What the source is; default: what it looks like. `lines` are a recording's without its manifest.
    salvage
        Keep what can be read of a source that is damaged, cut off, edited or incomplete, and say what was lost.
    """
    read = Import(source, form=form, salvage=salvage)
    with (
        uncollected(),
        progressing("imported", None) as progress,
        RecordingWriter(output, read.draft(_made_by())) as writer,
    ):
        for batch in read.batches():
            writer.write(batch)
            progress(len(batch))
        manifest = writer.close(**({"salvaged": f"{read.skipped} lines were lost"} if salvage else {}))
    say(f"{output}: {manifest.count:,} records")
    for fault in read.losses(manifest.count):
        warn(f"{source}: {fault}")
    return 0


@exiting()
def export(source: Path, output: Path, *, form: Literal["kcat", "parquet"] = "kcat") -> int:
    """Write a recording as lines of `kcat -J` or as Parquet.

    Parameters
    ----------
    source
        A recording.
    output
        A new file, which its owner alone can read.
    form
        `kcat` or `parquet` (which needs `ecflink[parquet]`).
    """
    recording = Recording.open(source)
    with uncollected(), progressing("exported", recording.manifest.count) as progress:
        batches = _told(recording.batches(), progress)
        count = write_parquet(output, batches) if form == "parquet" else _write_kcat(output, batches)
    say(f"{output}: {count:,} records")
    return 0


def _write_kcat(path: Path, batches: Iterator[list[Recorded]]) -> int:
    count = 0
    try:
        with new_file(path) as file:
            for batch in batches:
                file.write(b"".join(map(to_kcat, batch)))
                count += len(batch)
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}; {count:,} records were written") from None
    return count


def _told(batches: Iterator[list[Recorded]], progress: Callable[[int], None]) -> Iterator[list[Recorded]]:
    for batch in batches:
        yield batch
        progress(len(batch))


def _made_by() -> str:
    return f"ecflink {version('ecflink')}"
