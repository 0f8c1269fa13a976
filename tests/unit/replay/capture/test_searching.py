"""A recording that is cut short is searched for originals as well as any other."""

from pathlib import Path

import pytest

from services.replay.capture.canary import Canary
from services.replay.capture.capture import CutShort
from services.replay.capture.pseudonyms import Pseudonyms
from services.replay.capture.redaction import Redaction
from services.replay.capture.searching import searched_if_cut_short
from services.replay.outcome import Unusable
from services.replay.recording.manifest import NOT_SEARCHED, Draft
from services.replay.recording.reading import manifest_of
from services.replay.recording.record import Recorded
from services.replay.recording.writing import RecordingWriter
from tests.unit.replay.capture.examples import examples
from tests.unit.replay.capture.test_pseudonyms import KEY

_ORIGINAL = dict(examples())["link-requests-v1/link"]


def _cut_short(path: Path, *, leaking: bool) -> None:
    canary = Canary()
    redacted = Redaction(Pseudonyms(KEY)).of(_ORIGINAL)
    assert canary.left_in(redacted) is None
    written: Recorded = _ORIGINAL if leaking else redacted.record
    with (
        searched_if_cut_short(path, canary),
        RecordingWriter(path, Draft(redaction="keyed", notes={"canary": NOT_SEARCHED})) as writer,
    ):
        writer.write([written])
        raise CutShort("the broker is gone", writer.close())


def test_recording_that_is_cut_short_says_that_it_was_searched(tmp_path: Path) -> None:
    with pytest.raises(CutShort, match="the broker is gone"):
        _cut_short(tmp_path / "r.jsonl", leaking=False)
    assert "none of" in manifest_of(tmp_path / "r.jsonl").notes["canary"]


def test_original_in_a_recording_that_is_cut_short_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"the broker is gone.*still holds an original"):
        _cut_short(tmp_path / "r.jsonl", leaking=True)
    assert manifest_of(tmp_path / "r.jsonl").notes["canary"] == NOT_SEARCHED
