"""Two runs held against each other: each figure with its difference, its noise, and what that means. Pure."""

from collections.abc import Iterator
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from services.replay.outcome import Code
from services.replay.report.differing import Row, audit_row, failure_row, rate_rows, time_rows
from services.replay.report.evidence import Evidence
from services.replay.report.likeness import Difference, forbidding, telling
from services.replay.report.tolerance import Tolerance

METHOD: Final = (
    "Noise: the measured seconds of each run are cut into blocks of neighbours, 1,000 runs are put together from "
    "blocks drawn at random, and the middle 99 % of their differences is the interval; of shares, Wilson's and "
    "Newcombe's. It holds what varies within a run, not what varies from one day to the next: repeat a run to see that."
)


class Comparison(BaseModel):
    """All of it. `forbidding` are conditions that differ and make the runs incomparable, `telling` those that may be
    the very thing compared; `code` is how the command ends.
    """

    model_config = ConfigDict(frozen=True)

    format: Literal["ecflink-replay-comparison"] = "ecflink-replay-comparison"
    version: Literal[1] = 1
    a: str
    b: str
    comparable: bool
    forbidding: list[Difference]
    telling: list[Difference]
    rows: list[Row]
    worse: list[str]
    unclear: list[str]
    method: str = METHOD
    code: int


def compare(a: Evidence, b: Evidence, tolerance: Tolerance) -> Comparison:
    """Hold run B against run A."""
    against = list(forbidding(a.result, b.result))
    rows = list(_rows(a, b, tolerance))
    counting = {"worse", "unclear"} if tolerance.strict else {"worse"}
    worse = [row.what for row in rows if row.meaning in counting]
    code = Code.UNUSABLE if against and not tolerance.anyway else Code.SLO_MISSED if worse else Code.DONE
    return Comparison(
        a=a.result.conditions.run_id,
        b=b.result.conditions.run_id,
        comparable=not against,
        forbidding=against,
        telling=list(telling(a.result, b.result)),
        rows=rows,
        worse=worse,
        unclear=[row.what for row in rows if row.meaning == "unclear"],
        code=int(code),
    )


def _rows(a: Evidence, b: Evidence, tolerance: Tolerance) -> Iterator[Row]:
    yield from time_rows(a, b, tolerance)
    yield from rate_rows(a, b, tolerance)
    yield failure_row(a, b, tolerance)
    yield audit_row(a, b)
