"""The options of `ecflink replay run` beside those of the timeline: where it goes in, how it is measured and judged."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from cyclopts.validators import Number

from services.contract.topics import LINK_REQUESTS
from services.replay.measure.abort import Abort, condition
from services.replay.measure.slo import Slo, load_slo
from services.replay.measure.stages import Stage
from services.replay.measure.windows import BUDGET_MS, Limits
from services.replay.outcome import Unusable
from services.replay.plan.choices import Choices
from services.replay.plan.paces import FullSpeed
from services.replay.plan.spooled import WORKER_COUNT_MAX
from services.replay.run.players import Into

DRAIN_S: Final = 60.0
# A walk is some ten pages long and takes a second or more: that it begins this late changes nothing.
FRONT_DOOR_BUDGET_MS: Final = 50.0
_DAY_S: Final = 86_400
_Seconds = Annotated[float, Parameter(validator=Number(gte=0, lte=_DAY_S))]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a run is sent, measured and judged.

    Parameters
    ----------
    profile
        The deployment, as `ecflink replay init` wrote it.
    into
        topic: straight into the request topic. front-door: through auth's pages.
    workers
        How many processes send; each owns partitions whole.
    warm_up
        Seconds at the beginning that are sent but not judged.
    drain
        Seconds to wait at most for what has not come back when the last record is sent.
    wait_for
        The last stage that a request must come through: acknowledged, committed or mailed.
    slo
        Thresholds: see the documentation. Without it: that nothing failed.
    abort_on
        End the run early when this holds, as in "lag > 30s for 10s"; again for more.
    no_audit
        Leave the audit at the end out.
    confirm_cluster
        The id of a cluster that the profile does not allow: it is meant all the same.
    known_key
        A proof key id that the linker has, beside the profile's rehearsal keys; again for more.
    output
        The new folder for the results. Default: replay-<run id>, here.
    """

    profile: Path = Path("replay.toml")
    into: Into = Into.TOPIC
    workers: Annotated[int, Parameter(validator=Number(gte=1, lte=WORKER_COUNT_MAX))] = 1
    warm_up: _Seconds = 0.0
    drain: _Seconds = DRAIN_S
    wait_for: Stage = Stage.MAILED
    slo: Path | None = None
    abort_on: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    no_audit: Annotated[bool, Parameter(negative=())] = False
    confirm_cluster: str | None = None
    known_key: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None

    def judged_by(self) -> Slo:
        """Return the thresholds. Raises Unusable."""
        return Slo() if self.slo is None else load_slo(self.slo)

    def abort(self) -> Abort:
        """Return the conditions that end the run early. Raises Unusable."""
        return Abort([condition(text) for text in self.abort_on])

    def limits(self, choices: Choices, slo: Slo) -> Limits:
        """Return how the run is judged. Raises Unusable for a threshold on a stage that is not waited for."""
        # What is not a link request leaves no trace behind the broker.
        last = self.wait_for if LINK_REQUESTS.name in choices.topics.values() else Stage.ACKNOWLEDGED
        if slo.last is not None and list(Stage).index(slo.last) > list(Stage).index(last):
            raise Unusable(f"the SLO file has a threshold on {slo.last}, and the run only waits for {last}: --wait-for")
        return Limits(
            warm_up_s=self.warm_up,
            drain_limit_s=self.drain,
            budget_ms=self._budget_ms if slo.budget_ms is None else slo.budget_ms,
            last=last,
            scheduled=not isinstance(choices.pace, FullSpeed),
        )

    @property
    def _budget_ms(self) -> float:
        return FRONT_DOOR_BUDGET_MS if self.into is Into.FRONT_DOOR else BUDGET_MS

    def folder(self, choices: Choices) -> Path:
        """Return the folder of the results. Raises Unusable where there is something in it already."""
        folder = self.output or Path(f"replay-{choices.run_id}")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Unusable(f"{folder} is there already, and not empty: give another one by -o")
        return folder
