"""`ecflink replay inspect`: what is in a recording, as text or JSON."""

from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from services.replay.inspection.inspecting import inspected
from services.replay.inspection.telling import remarks, told
from services.replay.outcome import exiting
from services.replay.recording.reading import Recording
from services.replay.recording.uncollected import uncollected
from services.runtime.screen import progressing, say, say_json, show

_PLACES: Final = ("topic", "partition", "count", "first_offset", "last_offset", "missing")


@exiting()
def inspect(path: Path, *, json: Annotated[bool, Parameter(negative=())] = False) -> int:
    """Read a recording to its end, verify its digest, and tell what is in it.

    Counts by topic, partition and type; rates, pauses and missing offsets; heavy keys; ids and values that stand twice;
    sizes; and whether the values of the contract's topics are valid.

    Parameters
    ----------
    path
        The recording.
    json
        Print JSON.
    """
    recording = Recording.open(path)
    with uncollected(), progressing("inspected", recording.manifest.count) as progress:
        findings = inspected(recording, progress)
    if json:
        say_json(findings.model_dump())
        return 0
    for line in told(findings):
        say(line)
    say("")
    show([each.model_dump() for each in findings.places], columns=_PLACES, empty="no records")
    say("")
    show([each.model_dump() for each in findings.types], columns=("topic", "type", "count"), empty="no types")
    say("")
    show([each.model_dump() for each in findings.keys.top], columns=("key", "count"), empty="no keys")
    say("")
    for line in remarks(findings):
        say(line)
    return 0
