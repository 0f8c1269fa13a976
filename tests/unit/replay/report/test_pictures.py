"""The pictures: what is drawn, what is said of it, and the table beside it."""

from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from services.replay.measure.results import Fault
from services.replay.measure.stages import Stage
from services.replay.report.columns import columns, width_s
from services.replay.report.evidence import read_evidence
from services.replay.report.percentiles import curve, levels
from services.replay.report.pictures import Picture, percentile_picture, time_pictures
from tests.unit.replay.report.runs import Made, write_run

STALLED = Made(stall=(20, 23), faults=(Fault(at_s=20, what="<linker> stopped"), Fault(at_s=23, what="it goes on")))


def pictures(folder: Path, made: Made) -> dict[str, Picture]:
    write_run(folder, made)
    run = read_evidence(folder)
    curves = percentile_picture(run)
    assert curves is not None
    return {each.id: each for each in (curves, *time_pictures(run))}


def test_every_drawing_is_well_formed_and_named(tmp_path: Path) -> None:
    for picture in pictures(tmp_path, STALLED).values():
        for drawing in (picture.wide, picture.narrow):
            assert fromstring(drawing).attrib["aria-label"] == picture.title


def test_stall_stands_in_picture_words_and_table(tmp_path: Path) -> None:
    times = pictures(tmp_path, STALLED)["times"]
    assert times.table is not None
    slow = next(row for row in times.table.rows if row[0] == "20")
    assert slow[times.table.heads.index("in the ledger, p99")] == "3.08 s"
    assert "In the ledger: 99 in 100, seconds" in times.wide
    assert "Acknowledged: 99 in 100, ms" in times.wide


def test_faults_are_numbered_and_their_words_escaped(tmp_path: Path) -> None:
    rates = pictures(tmp_path, Made(faults=STALLED.faults[:1]))["rates"]
    assert "1 &lt;linker&gt; stopped" in rates.wide
    assert rates.wide.count('class="fault"') == 1
    assert "1 injected fault." in rates.told


def test_words_too_long_for_their_place_leave_the_number(tmp_path: Path) -> None:
    rates = pictures(tmp_path, STALLED)["rates"]
    assert ">1</text>" in rates.wide
    assert "2 it goes on" in rates.wide


def test_requests_that_never_came_are_drawn_as_more(tmp_path: Path) -> None:
    curves = pictures(tmp_path, Made(lost=90))["percentiles"]
    assert 'class="committed never"' in curves.wide
    assert "acknowledged never" not in curves.wide
    assert "never came" in curves.told


def test_long_run_is_gathered_into_round_stretches() -> None:
    assert [width_s(count) for count in (1, 120, 121, 3_600, 28_800, 1_000_000)] == [1, 1, 2, 30, 300, 10_800]


def test_stretches_count_every_second_once(tmp_path: Path) -> None:
    result = write_run(tmp_path, Made(count=2_000, per_s=10))
    found = columns(read_evidence(tmp_path))
    total = sum(each.offered * (each.to_s - each.from_s) for each in found)
    assert total == pytest.approx(sum(result.series.offered))
    assert max(each.lag_s for each in found) == max(result.series.lag_s)


def test_levels_end_where_no_request_is_beyond_them() -> None:
    assert list(levels(8, 2)) == [0, 25, 50, 62.5, 75, 81.25, 87.5]
    assert max(levels(1_000_000, 5)) < 99.9999001


def test_curve_never_falls_and_ends_with_the_slowest(tmp_path: Path) -> None:
    write_run(tmp_path, STALLED)
    spread = read_evidence(tmp_path).spreads()[Stage.MAILED]
    values = [point.value.ms for point in curve(spread)]
    assert values == sorted(values)
    assert values[-1] == spread.every.max_us / 1000
