"""The canary search as a recording's last step: however it ended, its file says whether originals were looked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.replay.capture.canary import Canary
from services.replay.capture.capture import CutShort
from services.replay.outcome import Unusable
from services.replay.recording.manifest import Manifest
from services.replay.recording.mending import rewrite
from services.replay.recording.writing import Stopped


def searched(path: Path, manifest: Manifest, canary: Canary | None) -> Manifest:
    """Search a file and return its manifest with what came of it, also in the file. Raises Unusable for a find."""
    if canary is None:
        return manifest
    noted = manifest.model_copy(update={"notes": manifest.notes | {"canary": canary.search(path)}})
    rewrite(path, noted)
    return noted


@contextmanager
def searched_if_cut_short(path: Path, canary: Canary | None) -> Iterator[None]:
    """Search the file also where the broker or the disk ended the recording: it is as valid as any other.

    Raises Unusable that tells both where an original is found.
    """
    try:
        yield
    except (CutShort, Stopped) as trouble:
        try:
            if trouble.manifest is not None:
                searched(path, trouble.manifest, canary)
        except Unusable as found:
            raise Unusable(f"{trouble}. {found}") from None
        raise
