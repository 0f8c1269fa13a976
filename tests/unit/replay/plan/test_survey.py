"""What the survey sees of go-lives: the same by its quick look at the usual form as by the field."""

import pytest

from services.replay.plan.passing import Made
from services.replay.plan.remaking import NOT_YET
from services.replay.plan.survey import Survey
from services.replay.recording.record import Recorded
from tests.unit.replay.plan.recorded import FIRST_MS, choices, recorded, remaker


def _seen(record: Recorded, *, later_ms: int) -> tuple[int, int]:
    """Return how many came before their go-live and come after it now, and the reverse."""
    out = remaker(choices(), first_ms=FIRST_MS + 86_400_000 - later_ms).made(record, 0, NOT_YET)
    survey = Survey()
    survey.watch(Made(0, [out], [record.value]))
    return survey.now_live, survey.not_live


@pytest.mark.parametrize(
    "swap",
    [(b"", b""), (b'"court_live_at":"', b'"court_live_at" : "'), (b'"confirmed_at":"', b'"confirmed_at": "')],
    ids=["usual", "live-spaced", "confirmed-spaced"],
)
@pytest.mark.parametrize(
    "after_ms, later_ms, expected",
    [(-5_000, 60_000, (1, 0)), (5_000, -60_000, (0, 1)), (5_000, 60_000, (0, 0)), (-90_000, 60_000, (0, 0))],
    ids=["now-live", "not-live", "live", "never-live"],
)
def test_go_live_is_seen_in_every_writing(
    swap: tuple[bytes, bytes], after_ms: int, later_ms: int, expected: tuple[int, int]
) -> None:
    record = recorded(1, after_ms=after_ms)
    record = record._replace(value=(record.value or b"").replace(*swap))
    assert _seen(record, later_ms=later_ms) == expected


def test_request_without_a_go_live_is_neither() -> None:
    assert _seen(recorded(1, live_at=None), later_ms=60_000) == (0, 0)
