"""The figures of a plan, as `plan --json` prints them and a run keeps them in its folder."""

from pydantic import BaseModel, ConfigDict

from services.replay.plan.choices import Choices


class Lane(BaseModel):
    """How many records go to one partition."""

    model_config = ConfigDict(frozen=True)

    topic: str
    partition: int
    count: int


class Stretch(BaseModel):
    """A part of the run and its mean rate."""

    model_config = ConfigDict(frozen=True)

    from_s: float
    to_s: float
    per_s: float


class Forecast(BaseModel):
    """A plan. `duration_s` is the instant of the last record; it and the rates are null at full speed, where nobody can
    know. `played` of the `held` records are of mapped topics; `count` are sent, over all loops.
    """

    model_config = ConfigDict(frozen=True)

    body_sha256: str
    held: int
    played: int
    left_out: dict[str, int]
    choices: Choices
    count: int
    loops: int
    duration_s: float | None
    mean_per_s: float | None
    peak_per_s: int | None
    peak_at_s: int | None
    rates: tuple[Stretch, ...]
    lanes: tuple[Lane, ...]
    shift_s: int
    ids_minted: int
    proofs_signed: int
    proofs_kept: dict[str, int]
    as_it_is: int
    headers_kept: dict[str, int]
    headers_dropped: dict[str, int]
    value_bytes_max: int
    spool_bytes: int
    warnings: tuple[str, ...]
