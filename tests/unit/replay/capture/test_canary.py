"""The search of a whole file finds an original that stands in another person's record."""

from pathlib import Path

import pytest

from services.replay.capture.canary import Canary
from services.replay.capture.pseudonyms import Pseudonyms
from services.replay.capture.redaction import Redaction
from services.replay.outcome import Unusable
from services.replay.recording.manifest import Draft
from services.replay.recording.record import Recorded
from services.replay.recording.writing import RecordingWriter
from tests.unit.replay.capture.examples import examples
from tests.unit.replay.capture.test_pseudonyms import KEY

_ALL = [record for _, record in examples()]


def _searched(path: Path, extra: list[Recorded]) -> str:
    redaction, canary = Redaction(Pseudonyms(KEY)), Canary()
    with RecordingWriter(path, Draft()) as writer:
        for record in _ALL:
            redacted = redaction.of(record)
            assert canary.left_in(redacted) is None
            writer.write([redacted.record])
        writer.write(extra)
    return canary.search(path)


def test_redacted_examples_hold_no_original(tmp_path: Path) -> None:
    assert "none of" in _searched(tmp_path / "r.jsonl", [])


@pytest.mark.parametrize(
    "change",
    [
        {"value": b'{"who":"Alex Attorney"}'},
        {"value": b"mail to alex.attorney@example.org, please"},
        {"key": b"UTBK:atyalex"},
        {"headers": (("who", b"alex.attorney@example.org"),)},
    ],
    ids=["value", "text", "key", "header"],
)
def test_original_that_is_left_anywhere_is_found(change: dict[str, object], tmp_path: Path) -> None:
    left = Recorded("t", 0, 0, 0, "create", None, (), None)._replace(**change)  # type: ignore[arg-type]  # fields of it
    with pytest.raises(Unusable, match=rf"line {len(_ALL) + 2} still holds an original") as told:
        _searched(tmp_path / "r.jsonl", [left])
    assert "lex" not in str(told.value).replace(str(tmp_path), "")
