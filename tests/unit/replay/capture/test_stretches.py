"""What a stretch says of its lines is right, with and without a sieve."""

from types import SimpleNamespace

import pytest

from services.replay.capture.filters import by_key
from services.replay.capture.sieve import Sieve
from services.replay.capture.stretches import Stretch, Stretcher
from services.replay.recording.lines import line_of, record_of
from services.replay.recording.tally import Counted

_TIMES_MS = (5, 3, 8, -1)


def _fetched(number: int) -> SimpleNamespace:
    return SimpleNamespace(
        offset=10 + number,
        timestamp=_TIMES_MS[number],
        timestamp_type=0,
        key=b"k%d" % number,
        value=None if number == 3 else b"7" * number,
        headers=[],
    )


def _stretch(stretcher: Stretcher, *numbers: int) -> Stretch:
    return stretcher.stretch([stretcher.made(None, _fetched(number)) for number in numbers])


def _stretcher(sieve: Sieve) -> Stretcher:
    return Stretcher(("t", 4), 0, 14, sieve)


def test_record_is_ordered_no_earlier_than_those_before_it() -> None:
    stretcher = _stretcher(Sieve())
    first = _stretch(stretcher, 0, 1, 2)
    assert first.order_ms.tolist() == [5, 5, 8]
    assert _stretch(stretcher, 3).order_ms.tolist() == [8]


def test_what_the_sieve_holds_back_still_tells_how_far_the_partition_is_known() -> None:
    stretcher = _stretcher(Sieve(filters=[by_key("k1")]))
    made = _stretch(stretcher, 0, 1, 2)
    assert (made.offsets.tolist(), made.order_ms.tolist(), stretcher.known_ms) == ([11], [5], 8)


def test_sieve_lets_the_same_bytes_through() -> None:
    passed = _stretch(_stretcher(Sieve(filters=[by_key("k")])), 0, 1, 2, 3)
    assert passed.lines == _stretch(_stretcher(Sieve()), 0, 1, 2, 3).lines
    assert [line_of(record_of(line)) for line in passed.lines] == passed.lines


def test_counts_are_those_of_the_records() -> None:
    made = _stretch(_stretcher(Sieve()), 0, 1, 2, 3)
    assert [*made.counted([("t", 4)])] == [Counted("t", 4, 4, 3, (3, 8))]
    assert [*made.part(3, 4).counted([("t", 4)])] == [Counted("t", 4, 1, 0, None)]
    assert [*made.part(0, 0).counted([("t", 4)])] == []


@pytest.mark.parametrize("sieve", [Sieve(), Sieve(filters=[by_key("k")])], ids=["open", "sieve"])
def test_what_comes_after_the_end_is_left_out(sieve: Sieve) -> None:
    stretcher = Stretcher(("t", 4), 0, 12, sieve)
    assert _stretch(stretcher, 0, 1, 2, 3).offsets.tolist() == [10, 11]
    assert not len(_stretch(stretcher))
