"""The contents of a large recording are looked at by a second process, and what it finds is the same."""

import pytest

from services.contract.topics import LINK_REQUESTS
from services.replay.inspection.aside import WORTH_IT_COUNT, looking_at_contents
from services.replay.inspection.contents import Found
from services.replay.inspection.glance import facts_of
from services.replay.outcome import Unusable
from services.replay.recording.lines import line_of
from services.replay.recording.record import Recorded
from tests.linking.requests import message, requested


def _block(*numbers: int) -> bytes:
    """Return lines of requests, of which every third is not valid."""
    lines = []
    for number in numbers:
        made = message(requested(number))
        value = b"{}" if number % 3 == 0 else made.value
        lines.append(
            line_of(Recorded(LINK_REQUESTS.name, 0, number, number, "create", made.key, tuple(made.headers), value))
        )
    return b"".join(lines)


def _found(count: int) -> Found:
    with looking_at_contents(count) as taker:
        for line, block in ((2, _block(1, 2, 3)), (5, _block(4, 5, 6))):
            taker.take(block, facts_of(block), line)
        return taker.found()


def test_second_process_finds_the_same() -> None:
    found = _found(WORTH_IT_COUNT)
    assert found == _found(0)
    assert [fault.line for fault in found.validity[0].faults] == [4, 7]


def test_second_process_that_fails_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with looking_at_contents(WORTH_IT_COUNT) as taker:
        taker.take(b"no line\n", facts_of(_block(1)), 2)
        with pytest.raises(Unusable, match="ended with 1"):
            taker.found()
    assert "ValueError" in capfd.readouterr().err
