"""A plan says what a run will be."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.replay.plan.forecast import Forecast, forecast, foretold, peak
from services.replay.plan.passing import Pass
from services.replay.plan.playable import Playable
from services.replay.plan.spool import spooled, write_spool
from services.replay.plan.survey import Survey
from services.replay.plan.warnings import Facts
from services.replay.recording.record import Recorded
from tests.unit.replay.plan.recorded import (
    FIRST,
    FIRST_MS,
    PARTITION_COUNT,
    REQUESTS,
    START_MS,
    Held,
    choices,
    plain,
    recorded,
    remaker,
)

RECORDS = [recorded(number, after_ms=number * 250) for number in range(20)]


def _plan(path: Path, records: list[Recorded] = RECORDS, *, known: set[str] | None = None, **asked: object) -> Forecast:
    there = int(str(asked.pop("there", PARTITION_COUNT)))
    start_ms = int(str(asked.pop("start_ms", START_MS)))
    given = choices(**asked)
    counts = dict.fromkeys(given.topics.values(), there)
    return forecast(Held(records, path / "held.jsonl"), given, counts, known, start_ms=start_ms)


def _warned(plan: Forecast) -> str:
    return "\n".join(plan.warnings)


def test_duration_and_rates_are_the_timelines(tmp_path: Path) -> None:
    plan = _plan(tmp_path, pace={"kind": "original", "speed": 2})
    assert (plan.duration_s, plan.peak_per_s, plan.peak_at_s) == (2.375, 8, 0)
    assert plan.mean_per_s == pytest.approx(20 / 2.375)


@pytest.mark.parametrize("asked", [{}, {"loops": 3}, {"for_s": 2.6}, {"loops": 3, "for_s": 7.1}, {"times": "now"}])
def test_spread_is_the_spools(tmp_path: Path, asked: dict[str, object]) -> None:
    held = Held(RECORDS[10:] + RECORDS[:10], tmp_path / "held.jsonl")
    counts = {REQUESTS: PARTITION_COUNT}
    plan = forecast(held, choices(**asked), counts, None, start_ms=START_MS)
    spool = write_spool(tmp_path / "spool", held, choices(**asked), remaker(choices(**asked)), 2)
    sent = [ready[2] for worker in range(2) for ready in spool.reader(worker)]
    assert {lane.partition: lane.count for lane in plan.lanes if lane.count} == {
        each: sent.count(each) for each in {*sent}
    }
    assert plan.count == spool.count


def test_spools_size_is_told(tmp_path: Path) -> None:
    plan = _plan(tmp_path)
    spool = write_spool(tmp_path / "s", Held(RECORDS, tmp_path / "h.jsonl"), choices(), remaker(choices()), 2)
    used = sum(path.stat().st_size for path in spool.folder.iterdir())
    # The rows stand there twice while they are put in order.
    assert plan.spool_bytes == pytest.approx(used + (spool.folder / "rows").stat().st_size, rel=0.02)


def test_peak_is_found_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.replay.plan.forecast._CHUNK", 3)
    assert peak(np.array([0.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 2.0])) == (6, 1)


def test_headers_are_told_by_name(tmp_path: Path) -> None:
    plan = _plan(tmp_path)
    assert plan.headers_kept["ce_id"] == 20
    assert plan.headers_dropped == {"proof": 20}


def test_full_speed_has_no_duration(tmp_path: Path) -> None:
    plan = _plan(tmp_path, pace={"kind": "full-speed"})
    assert (plan.duration_s, plan.peak_per_s, plan.count) == (None, None, 20)


def test_kept_proof_of_a_rotated_key_is_warned_of(tmp_path: Path) -> None:
    assert "20 kept proofs are of key 'old', which is none of the known ones (new): if it was rotated out" in _warned(
        _plan(tmp_path, ids="keep", known={"new"})
    )


def test_kept_proof_of_a_known_key_is_not_warned_of(tmp_path: Path) -> None:
    assert "kept proofs" not in _warned(_plan(tmp_path, ids="keep", known={"old"}))


def test_kept_proof_is_warned_of_where_no_key_is_known(tmp_path: Path) -> None:
    assert "Name the keys that it has by --known-key" in _warned(_plan(tmp_path, ids="keep"))


def test_kept_requests_without_a_proof_are_warned_of(tmp_path: Path) -> None:
    bare = [record._replace(headers=()) for record in RECORDS]
    assert "20 link requests have no proof in the recording" in _warned(_plan(tmp_path, bare, ids="keep"))


def test_a_plan_does_not_tell_a_secret_header(tmp_path: Path) -> None:
    plan = _plan(tmp_path, headers={"put": (("authorization", "hunter2"),)})
    assert "hunter2" not in plan.model_dump_json()


def test_other_number_of_partitions_is_warned_of(tmp_path: Path) -> None:
    assert "6 partitions, link-requests-v1 has 12" in _warned(_plan(tmp_path, there=12))
    (tmp_path / "held.jsonl").unlink()
    assert "become dead letters" in _warned(_plan(tmp_path, there=12, spread="preserve"))


def test_go_live_that_is_passed_meanwhile_is_warned_of(tmp_path: Path) -> None:
    live_at = FIRST.replace(hour=20)
    early = [recorded(number, live_at=live_at) for number in range(3)]
    assert "3 requests came before their court's go-live" in _warned(_plan(tmp_path, early))
    (tmp_path / "held.jsonl").unlink()
    assert "go-live" not in _warned(_plan(tmp_path, early, time_fields=("court_live_at",)))


def test_go_live_that_is_yet_to_come_is_warned_of(tmp_path: Path) -> None:
    plan = _plan(tmp_path, start_ms=FIRST_MS - 86_400_000)
    assert "20 requests come before their court's go-live now" in _warned(plan)


def test_topics_left_out_are_warned_of(tmp_path: Path) -> None:
    assert "1 records of orders are left out; --topic orders plays them too" in _warned(
        _plan(tmp_path, [*RECORDS, plain()])
    )


def test_times_ahead_of_the_clock_are_warned_of(tmp_path: Path) -> None:
    records = [recorded(0), recorded(1, after_ms=600_000)]
    plan = _plan(tmp_path, records, pace={"kind": "original", "speed": 10})
    assert "run ahead of the clock by up to 540 s" in _warned(plan)


def test_peak_beyond_the_workers_is_warned_of(tmp_path: Path) -> None:
    plan = _plan(tmp_path, [recorded(0)] * 7, loops=9_000, pace={"kind": "steady", "per_s": 61_000})
    assert "use --workers 3" in _warned(plan)


def test_old_original_times_are_warned_of(tmp_path: Path) -> None:
    plan = _plan(tmp_path, times="original", start_ms=FIRST_MS + 31 * 86_400_000)
    assert "the broker may delete records unread" in _warned(plan)


@pytest.mark.parametrize(
    "asked, told",
    [
        ({"pace": {"kind": "step", "levels": [(10, 1)]}}, "the levels end after 10 records; 10 are not sent"),
        ({"pace": {"kind": "step", "levels": [(100, 1)]}}, "the levels want 100 records and there are 20"),
        ({"loops": 2}, "the same accounts ask again"),
        ({"loops": 2, "ids": "keep"}, "a duplicate storm"),
    ],
    ids=["too-many", "too-few", "loops", "storm"],
)
def test_amounts_are_warned_of(tmp_path: Path, asked: dict[str, Any], told: str) -> None:
    assert told in _warned(_plan(tmp_path, **asked))


def test_contents_that_cannot_be_made_anew_are_warned_of(tmp_path: Path) -> None:
    garbage = recorded(0)._replace(value=b"garbage")
    late = recorded(1)._replace(value=(recorded(1).value or b"").replace(b'"confirmed_at":"2026', b'"confirmed_at":"x'))
    told = _warned(_plan(tmp_path, [garbage, late]))
    assert "1 link requests have no readable request id" in told
    assert "1 values of confirmed_at are no time" in told


def test_record_larger_than_a_batch_is_warned_of(tmp_path: Path) -> None:
    large = plain(value=bytes(1_000_000))
    assert "the largest value has 1,000,000 bytes" in _warned(_plan(tmp_path, [large], topics={"orders": "orders"}))


@pytest.mark.parametrize(
    "asked", [{}, {"loops": 3}, {"loops": 3, "for_s": 7.1}, {"times": "now"}], ids=["plain", "loops", "cut", "now"]
)
def test_plan_made_beside_the_spool_is_the_plan(tmp_path: Path, asked: dict[str, object]) -> None:
    held, wanted = Held(RECORDS[10:] + RECORDS[:10], tmp_path / "held.jsonl"), choices(**asked)
    counts = {REQUESTS: PARTITION_COUNT}
    playing, survey = Pass(Playable(held, wanted), remaker(wanted)), Survey()
    spool = spooled(tmp_path / "spool", playing, 2, survey)
    facts = Facts(held.manifest, counts, None, 1, playing.remaker.fields)
    plan = foretold(facts, playing, playing.remaker, survey)
    alone = forecast(held, wanted, counts, None, start_ms=START_MS)
    assert plan.model_dump(exclude={"spool_bytes"}) == alone.model_dump(exclude={"spool_bytes"})
    assert plan.count == spool.count
