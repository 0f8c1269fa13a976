"""What was asked of a replay, checked. Frozen data: the same choices and the same recording make the same timeline.

`options` makes it from the command line; a run keeps it in its results.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.contract.topics import LINK_REQUESTS
from services.replay.outcome import Unusable
from services.replay.plan.paces import PERIOD_S_MAX, Original, Pace

LOOP_COUNT_MAX: Final = 10_000

RunId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
TopicName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,249}$")]
HeaderName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
FieldName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r'^[^"\\\x00-\x1f]+$')]


class HeaderPolicy(BaseModel):
    """Which headers travel: those that `heading` allows and those that match `keep`, less those that match `drop`;
    then each of `put` is set in the place of all of its name. Patterns are shell patterns: `x-court-*`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep: tuple[HeaderName, ...] = ()
    drop: tuple[HeaderName, ...] = ()
    put: tuple[tuple[HeaderName, str], ...] = ()


class Choices(BaseModel):
    """All choices of one replay. `topics` is recorded topic → target topic, without a deployment's prefix.

    `id_fields` and `time_fields` name fields of the values beside those that the contract's models have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pace: Pace = Original()
    loops: int = Field(1, ge=1, le=LOOP_COUNT_MAX)
    for_s: Annotated[float, Field(gt=0, le=PERIOD_S_MAX)] | None = None
    ids: Literal["mint", "keep"] = "mint"
    times: Literal["shift", "original", "now"] = "shift"
    spread: Literal["key", "preserve"] = "key"
    topics: dict[TopicName, TopicName] = Field({LINK_REQUESTS.name: LINK_REQUESTS.name}, min_length=1)
    headers: HeaderPolicy = HeaderPolicy()
    id_fields: tuple[FieldName, ...] = ()
    time_fields: tuple[FieldName, ...] = ()
    seed: int = Field(0, ge=0, le=2**63 - 1)
    run_id: RunId


def chosen(**given: object) -> Choices:
    """Return choices. Raises Unusable that names every one that cannot be, in words."""
    try:
        return Choices.model_validate(given)
    except ValidationError as error:
        faults = [_sentence(fault["loc"], fault["msg"]) for fault in error.errors(include_url=False)]
        raise Unusable("this cannot be replayed: " + "; ".join(faults)) from None


def _sentence(place: tuple[int | str, ...], trouble: str) -> str:
    where = ".".join(str(part) for part in place if part != "pace")
    return f"{where}: {trouble.removeprefix('Value error, ')}"
