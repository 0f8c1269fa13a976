"""Which runs are audited at their end, and what is said of those that are not."""

from pathlib import Path

import numpy as np
import orjson

from services.audit.settings import AuditSettings
from services.replay.measure.results import AuditSummary
from services.replay.measure.slo import Slo
from services.replay.measure.stages import Stage
from services.replay.measure.windows import Limits
from services.replay.plan.spooled import FACTS, INSTANTS, ROW, ROWS, Spool, body_name
from services.replay.profile.profile import Kafka, Profile
from services.replay.run.conclude import Ended, audit
from services.replay.run.course import Course
from services.replay.run.workers import Sum
from services.runtime.faults import Transient
from tests.unit.replay.measure.arrays import run

NO_LEDGER = Profile(name="test", kafka=Kafka(bootstrap_servers="example.org:9092"))


class Away(Profile):
    """A deployment whose broker does not answer the audit."""

    def audit_settings(self) -> AuditSettings | None:
        raise Transient("the broker does not answer")


def spool(folder: Path, *, ids: bool) -> Spool:
    rows = np.zeros(3, ROW)
    rows["id_low"] = [1, 2, 3] if ids else 0
    rows.tofile(folder / ROWS)
    np.save(folder / INSTANTS, np.arange(3.0))
    (folder / body_name(0)).touch()
    never = np.full(3, np.nan)
    np.savez(folder / "sent-0.npz", handed_s=never, acknowledged_s=never, offset=np.full(3, -1))
    (folder / FACTS).write_bytes(orjson.dumps({"topics": ["link-requests-v1"], "workers": 1}))
    return Spool.open(folder)


def audited(folder: Path, profile: Profile = NO_LEDGER, *, ids: bool = True, wanted: bool = True) -> AuditSummary:
    course = Course(2.0, 3.0, None, "", Sum(3, 3, 0, 0.0, 0.0, ""), {})
    limits = Limits(last=Stage.ACKNOWLEDGED)
    ended = Ended(folder=folder, timings=run(3), limits=limits, course=course, slo=Slo(), cpu_s=0.0)
    return audit(ended, spool(folder, ids=ids), profile, "run", wanted=wanted)


def test_run_that_waits_for_the_broker_alone_is_audited_too(tmp_path: Path) -> None:
    found = audited(tmp_path)
    assert found.outcome == "unaudited"
    assert "names no database" in found.unaudited[0]


def test_audit_that_was_not_wanted_is_skipped(tmp_path: Path) -> None:
    assert audited(tmp_path, wanted=False).unaudited == ["--no-audit left the audit out"]


def test_run_without_a_link_request_has_nothing_to_audit(tmp_path: Path) -> None:
    found = audited(tmp_path, ids=False)
    assert (found.outcome, found.unaudited[0][:15]) == ("skipped", "no link request")


def test_server_that_does_not_answer_is_told_as_away(tmp_path: Path) -> None:
    away = Away(name="test", kafka=NO_LEDGER.kafka)
    assert audited(tmp_path, away).away == "the broker does not answer"
