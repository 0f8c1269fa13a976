"""Makes a recording that was cut short whole again: counts what its blocks hold, and writes the manifest in place."""

import os
from hashlib import sha256
from pathlib import Path

from services.replay.recording.lines import record_of
from services.replay.recording.manifest import Draft, Manifest
from services.replay.recording.packing import packing_for
from services.replay.recording.streams import body_blocks, first_line_of
from services.replay.recording.tally import Tally


def mend(path: Path, draft: Draft, *, stopped: str) -> Manifest:
    """Return the manifest of a file whose blocks are whole, after writing it; `stopped` says why there are no more."""
    digest, tally, length = sha256(), Tally(), 0
    for block in body_blocks(path, digest.update):
        tally.add([record_of(line) for line in block.removesuffix(b"\n").split(b"\n")])
        length += len(block)
    kept = draft.model_copy(update={"notes": draft.notes | {"ended_by": stopped}})
    manifest = tally.manifest(kept, complete=True, body_sha256=digest.hexdigest(), body_bytes=length)
    rewrite(path, manifest)
    return manifest


def rewrite(path: Path, manifest: Manifest) -> None:
    """Write the manifest of a file anew, in its place."""
    first = packing_for(path).stored(manifest.line(len(first_line_of(path))))
    with path.open("r+b") as file:
        file.write(first)
        file.flush()
        os.fsync(file.fileno())
