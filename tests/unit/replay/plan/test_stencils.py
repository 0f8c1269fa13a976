"""The short way against the long one: the same records to the byte, and the same counts."""

from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.envelope import PROOF, TRACEPARENT
from services.replay.outcome import Unusable
from services.replay.plan.making import STENCIL_COUNT_MAX, Maker
from services.replay.plan.playable import Playable
from services.replay.plan.remaking import NOT_YET, Remaker
from services.replay.plan.spool import write_spool
from services.replay.plan.stencils import Stencil, cut
from services.replay.recording.lines import line_of
from services.replay.recording.record import Recorded
from tests.unit.replay.plan.recorded import Held, choices, patient, recorded, remaker

_VALUES = [
    (b'"confirmed_at":"', b'"confirmed_at": "'),
    (b'{"request_id":"', b'{ "request_id":"'),
    (b'{"request_id":"', b'{"again":{"request_id":"0195564a-3d00-7abc-8def-0123456789ab"},"request_id":"'),
    (b'"court_id":"UTBK"', b'"court_id":"UTBK","verified_at":"2026-03-02T08:30:00Z"'),
    (b'"court_id":"UTBK"', b'"court_id":"UTBK","more":{"confirmed_at" : "2026-03-02T08:30:00Z"}'),
    (b'"court_id":"UTBK"', b'"court_id":"UTBK","more":{"confirmed_at":"2026-03-02T08:30:00Z"}'),
    (b'"court_id":"UTBK"', b'"court_id":"UTBK","more":{"request_id":"0195564a-3d00-7abc-8def-0123456789ab"}'),
    (b'"court_id":"UTBK"', b'"court_id":"request_id"'),
    (b'"court_id":"UTBK"', b'"court_id":"\\"verified_at\\":\\"x\\""'),
    (b'Z"}', b'Z","later":1}'),
    (b'Z"}', b'"}'),
    (b'"2026-03-', b'"2026-99-'),
    (b"0195564a", b"0195564A"),
    (b"-7abc-", b"-4abc-"),
    (b"-7abc-", b"-xabc-"),
    (b"}", b"} "),
]
_HEADERS: list[tuple[str, bytes | None]] = [
    ("ce_id", b"another"),
    ("ce_id", b"0195564a-3d00-7abc-8def-0123456789ac"),
    ("ce_id", b"0195564a-3d00-7abc-8def-0123456789ac:2"),
    ("ce_id", None),
    ("ce_time", b"noon"),
    ("ce_time", b"2026-03-02T08:30:00+01:00"),
    (TRACEPARENT, b"zz"),
    (PROOF, None),
    (PROOF, b"\xff"),
    ("ce_source", b"/other"),
    ("x-court", b'"quoted"'),
]


def _changed(
    record: Recorded, swap: tuple[bytes, bytes] | None, header: tuple[str, bytes | None] | None, *, bare: bool
) -> Recorded:
    if bare:
        record = record._replace(headers=())
    if swap is not None:
        record = record._replace(value=(record.value or b"").replace(*swap))
    if header is None:
        return record
    kept = tuple(each for each in record.headers if each[0] != header[0])
    return record._replace(headers=(*kept, header))


_RECORDS = st.builds(
    lambda number, after_ms, key, swap, header, bare: _changed(
        recorded(number, after_ms=after_ms)._replace(key=key), swap, header, bare=bare
    ),
    st.integers(0, 30),
    st.integers(0, 5_000),
    st.sampled_from([b"UTBK:1", b"UTBK:2", b'"', "ñ".encode(), b"\xff", None]),
    st.none() | st.sampled_from(_VALUES),
    st.none() | st.sampled_from(_HEADERS),
    st.sampled_from([False, False, False, True]),
)
_ASKED = st.fixed_dictionaries(
    {
        "ids": st.sampled_from(["mint", "mint", "keep"]),
        "times": st.sampled_from(["shift", "shift", "original", "now"]),
        "spread": st.sampled_from(["key", "preserve"]),
        "headers": st.sampled_from(
            [{}, {"keep": ("x-*",)}, {"drop": ("ce_t*",)}, {"drop": (TRACEPARENT,)}, {"put": [("ce_id", "1")]}]
        ),
        "time_fields": st.sampled_from([(), (), ("court_live_at",)]),
    }
)


def _counts(made: Remaker) -> tuple[object, ...]:
    for heading in made.headings:
        heading.settle()
    refused = [[each.refused for each in (*fields.ids, *fields.times)] for fields in made.fields]
    return made.done, [(heading.kept, heading.dropped) for heading in made.headings], refused


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    return Held([recorded()], tmp_path_factory.mktemp("stencils") / "held.jsonl")


@patient
@given(
    records=st.lists(_RECORDS, min_size=1, max_size=12),
    asked=_ASKED,
    loop=st.integers(0, 1),
    start_s=st.floats(0, 10),
)
def test_short_and_long_way_make_the_same(
    held: Held, records: list[Recorded], asked: dict[str, Any], loop: int, start_s: float
) -> None:
    wanted = choices(loops=2, **asked)
    quick, slow = remaker(wanted), remaker(wanted)
    quick.loop_starts_s = slow.loop_starts_s = [0.0, 7.0]
    records = [recorded(99, after_ms=1), *records]  # a usual one first, so that there is a stencil
    lines = [line_of(record).rstrip(b"\n") for record in records]
    moments = [start_s + number / 7 if wanted.times == "now" else NOT_YET for number in range(len(records))]
    read = Maker(Playable(held, wanted), quick).made(lines, loop, moments)
    expected = [
        (slow.made(record, loop, moment), record.value, record[:2])
        for record, moment in zip(records, moments, strict=True)
    ]
    assert read == expected
    assert _counts(quick) == _counts(slow)


@pytest.mark.parametrize("ids", ["mint", "keep"])
@pytest.mark.parametrize("swap", _VALUES, ids=range(len(_VALUES)))
def test_unusual_value_among_usual_ones_is_made_the_same(held: Held, swap: tuple[bytes, bytes], ids: str) -> None:
    wanted = choices(ids=ids)
    records = [recorded(number, after_ms=number) for number in range(1, 6)]
    records[3] = _changed(records[3], swap, None, bare=False)
    lines = [line_of(record).rstrip(b"\n") for record in records]
    slow = remaker(wanted)
    read = Maker(Playable(held, wanted), remaker(wanted)).made(lines, 0, repeat(NOT_YET))
    assert [out for out, _, _ in read] == [slow.made(record, 0, NOT_YET) for record in records]


def test_event_id_of_its_own_stays_one(held: Held) -> None:
    own = ("ce_id", b"0195564a-3d00-7abc-8def-0123456789ff")
    records = [recorded(number, after_ms=number) for number in range(1, 4)]
    records[2] = records[2]._replace(
        headers=tuple(own if header[0] == "ce_id" else header for header in records[2].headers)
    )
    lines = [line_of(record).rstrip(b"\n") for record in records]
    slow = remaker(choices())
    read = Maker(Playable(held, choices()), remaker(choices())).made(lines, 0, repeat(NOT_YET))
    assert [out for out, _, _ in read] == [slow.made(record, 0, NOT_YET) for record in records]


def _stencil(record: Recorded, made: Remaker, moment: float = NOT_YET) -> Stencil | None:
    return cut(line_of(record).rstrip(b"\n"), record, (made.made(record, 0, moment), moment), made)


@pytest.mark.parametrize("asked", [{}, {"ids": "keep"}, {"times": "original"}], ids=["mint", "keep", "original"])
@pytest.mark.parametrize("names", [(), (PROOF,), (PROOF, TRACEPARENT)], ids=["whole", "no-proof", "generated"])
def test_usual_lines_take_the_short_way(asked: dict[str, Any], names: tuple[str, ...]) -> None:
    made = remaker(choices(**asked))
    one, other = (
        record._replace(headers=tuple(header for header in record.headers if header[0] not in names))
        for record in (recorded(1, after_ms=1), recorded(2, after_ms=1_234, live_at=None))
    )
    stencil = _stencil(one, made)
    assert stencil is not None
    read = stencil.made([line_of(other).rstrip(b"\n")], [NOT_YET], made)
    assert read == [(made.made(other, 0, NOT_YET), other.value, other[:2])]


@pytest.mark.parametrize("ids", ["mint", "keep"])
def test_usual_lines_take_the_short_way_at_their_sending(ids: str) -> None:
    made = remaker(choices(ids=ids, times="now"))
    stencil = _stencil(recorded(1, after_ms=1), made, 0.5)
    other = recorded(2, after_ms=1_234)
    assert stencil is not None
    read = stencil.made([line_of(other).rstrip(b"\n")], [7.25], made)
    assert read == [(made.made(other, 0, 7.25), other.value, other[:2])]


def test_whole_second_takes_the_long_way_at_its_sending() -> None:
    assert _stencil(recorded(1), remaker(choices(times="now")), 0.5) is None


def test_line_that_is_cut_off_takes_the_long_way() -> None:
    made = remaker(choices())
    stencil = _stencil(recorded(), made)
    line = line_of(recorded(1)).rstrip(b"\n")
    assert stencil is not None
    short = [line[:length] for length in range(len(line))]
    assert stencil.made(short, [NOT_YET] * len(short), made) == [None] * len(line)


def test_who_fits_most_lines_is_tried_first(held: Held) -> None:
    asked = choices()
    maker = Maker(Playable(held, asked), remaker(asked))
    whole_second, *others = [line_of(recorded(number, after_ms=number))[:-1] for number in range(4)]
    maker.made([whole_second, *others], 0, repeat(NOT_YET))
    maker.made(others, 0, repeat(NOT_YET))
    assert [stencil.used for stencil in maker._stencils] == [5, 0]  # noqa: SLF001 - the order is the point


def test_stencils_are_bounded(held: Held) -> None:
    asked = choices()
    maker = Maker(Playable(held, asked), remaker(asked))
    many = [recorded(number) for number in range(40)]
    lines = [
        line_of(record._replace(headers=(*record.headers, ("x", b"%d" % number))))[:-1]
        for number, record in enumerate(many)
    ]
    maker.made(lines, 0, repeat(NOT_YET))
    assert len(maker._stencils) == STENCIL_COUNT_MAX  # noqa: SLF001 - the bound is the point


def test_edited_line_is_told_as_the_recording_tells_it(tmp_path: Path) -> None:
    path = tmp_path / "held.jsonl"
    held = Held([recorded(number) for number in range(5)], path)
    path.write_bytes(path.read_bytes().replace(b'"offset":3', b'"offset":x'))
    with pytest.raises(Unusable, match="line 5 cannot be read"):
        write_spool(tmp_path / "spool", held, choices(), remaker(choices()), 1)
