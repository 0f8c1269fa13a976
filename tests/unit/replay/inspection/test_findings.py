"""An inspection finds what was planted: gaps, pauses, disorder, twins, heavy keys, values that are not valid."""

from pathlib import Path

import pytest

from services.contract.topics import LINK_REQUESTS
from services.replay.inspection.command import inspect
from services.replay.inspection.inspecting import Findings, inspected
from services.replay.inspection.places import Gap, Pause
from services.replay.recording.manifest import Draft
from services.replay.recording.reading import Recording
from services.replay.recording.record import Recorded
from services.replay.recording.writing import RecordingWriter
from tests.linking.requests import message, requested


def _ours(number: int, **changes: object) -> Recorded:
    """Return the record of a request, one a second."""
    made = message(requested(number))
    record = Recorded(
        LINK_REQUESTS.name, 0, number, 1_000_000 + 1_000 * number, "create", made.key, tuple(made.headers), made.value
    )
    return record._replace(**changes)  # type: ignore[arg-type]  # fields of it


def _recorded(folder: Path, made: list[Recorded]) -> Path:
    path = folder / "r.jsonl.zst"
    with RecordingWriter(path, Draft()) as writer:
        writer.write(made)
    return path


def _found(folder: Path, made: list[Recorded]) -> Findings:
    return inspected(Recording.open(_recorded(folder, made)))


def test_clean_recording_has_nothing_odd(tmp_path: Path) -> None:
    found = _found(tmp_path, [_ours(number) for number in range(100)])
    assert (found.same_ids.count, found.same_values.count, found.places[0].missing) == (0, 0, 0)
    assert (found.validity[0].valid, found.validity[0].invalid) == (100, 0)
    assert found.rates.peak_per_s == 1


def test_missing_offsets_and_the_pause_are_found(tmp_path: Path) -> None:
    found = _found(tmp_path, [_ours(number) for number in range(100) if not 40 <= number < 50])
    assert (found.places[0].missing, found.places[0].gaps) == (10, [Gap(first_missing=40, count=10)])
    assert found.pauses[0] == Pause(from_ms=1_039_000, to_ms=1_050_000)


def test_records_out_of_order_are_counted(tmp_path: Path) -> None:
    found = _found(tmp_path, [_ours(number) for number in (0, 2, 1, 3)])
    assert (found.places[0].backwards, found.places[0].earlier) == (1, 1)


def test_same_id_and_same_value_are_named_by_line(tmp_path: Path) -> None:
    made = [_ours(number) for number in range(10)] + [_ours(3, offset=10), _ours(11, value=b'{"other":1}')]
    found = _found(tmp_path, made)
    assert found.same_ids.model_dump() == {"count": 1, "lines": [[5, 12]]}
    assert found.same_values.model_dump() == {"count": 1, "lines": [[5, 12]]}


def test_same_id_in_two_topics_is_no_twin(tmp_path: Path) -> None:
    assert _found(tmp_path, [_ours(1), _ours(1, topic="other")]).same_ids.count == 0


def test_heavy_key_is_at_the_top(tmp_path: Path) -> None:
    found = _found(tmp_path, [_ours(number, key=b"hot" if number % 2 else b"k%d" % number) for number in range(200)])
    assert found.keys.top[0].model_dump() == {"key": "hot", "count": 100}
    assert (found.keys.about_distinct, found.keys.without_key) == (101, 0)


def test_value_that_is_not_valid_is_named_without_showing_it(tmp_path: Path) -> None:
    found = _found(tmp_path, [_ours(0), _ours(1, value=b'{"pacer_account":"secret"}'), _ours(2, value=None)])
    validity = found.validity[0]
    assert (validity.valid, validity.invalid, validity.null, validity.faults[0].line) == (1, 1, 1, 3)
    assert "secret" not in validity.model_dump_json()


def test_odd_records_of_another_system_are_inspected_too(tmp_path: Path) -> None:
    odd = Recorded("orders", 7, 5, -1, "append", None, (("h", None), ("h", b"\xff")), b"\xfe")
    found = _found(tmp_path, [odd, odd._replace(offset=6, value=None, key=b"\xff")])
    assert (found.unknown_topics, found.keys.without_key, found.keys.top[0].key) == (["orders"], 1, "0xff")
    assert (found.rates.peak_at_ms, found.same_ids.count) == (None, 0)


def test_empty_recording_is_inspected(tmp_path: Path) -> None:
    assert _found(tmp_path, []).manifest.count == 0


def test_command_tells_it_in_text_and_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _recorded(tmp_path, [_ours(number) for number in range(30)])
    inspect(path)
    inspect(path, json=True)
    text, _, json = capsys.readouterr().out.partition("{\n")
    assert "records per second" in text
    assert '"same_ids"' in json
