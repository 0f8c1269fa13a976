"""The options that `plan` and `run` share: how a recording is played. One class, so that a plan is of that very run."""

import secrets
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from cyclopts import Parameter, Token

from services.contract.topics import LINK_REQUESTS
from services.replay.outcome import Unusable
from services.replay.plan.choices import Choices, chosen
from services.replay.plan.periods import ramp, seconds, spike, step
from services.runtime.clock import now

_SUFFIX_BYTES: Final = 3


def _seconds(_: Any, tokens: tuple[Token, ...]) -> float:  # noqa: ANN401 - the library's signature
    return seconds(tokens[0].value)


_Period = Annotated[float | None, Parameter(converter=_seconds)]
_Many = Parameter(negative=(), consume_multiple=False)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class PlayOptions:
    """How a recording is played.

    Parameters
    ----------
    speed
        The recording's own gaps, so many times as fast: 0.1 to 1000. This is the default, at 1.
    pause_max
        With --speed: a longer pause in the recording counts as this long (90, 90s, 15m, 1.5h).
    full_speed
        As fast as possible.
    rate
        So many records a second, evenly.
    poisson
        So many records a second on average, at the random instants of people who do not know of each other.
    ramp
        FROM:TO:OVER, for example 10:500:5m: from one rate to another, and then on at that one.
    step
        RATExFOR,RATExFOR,…, for example 100x1m,200x1m,0x10s: ends with the last level.
    spike
        BASE:PEAK:AT:FOR, for example 50:800:2m:30s.
    loops
        How often the recording is played, one after the other.
    for_
        The timeline is cut after so long.
    ids
        mint: new ids and new proofs, what refers to them still does. keep: the very bytes, which is a storm of
        duplicates where they were played before: those come back no more, so judge it by its audit, with
        `run --wait-for acknowledged`.
    times
        shift: moved so that the first is now. original: as recorded. now: each at its sending.
    spread
        key: each record to the partition of its key. preserve: to the partition it was in.
    topic
        A topic to play, or RECORDED=TARGET; again for more. Default: link-requests-v1.
    header_keep
        A header that travels beside the envelope; * stands for any characters; again for more.
    header_drop
        A header that does not travel; again for more.
    header_set
        NAME=VALUE on each record; again for more.
    id_field
        A field of the values that holds an id (UUID), beside those of our own topics; again for more.
    time_field
        A field of the values that holds a time, beside those of our own topics; again for more.
    seed
        Of --poisson: the same seed gives the same instants.
    run_id
        The run's name in the replayrun header; new ids are derived from it. Default: the time and a few random digits.
    """

    speed: float | None = None
    pause_max: _Period = None
    full_speed: Annotated[bool, Parameter(negative=())] = False
    rate: float | None = None
    poisson: float | None = None
    ramp: str | None = None
    step: str | None = None
    spike: str | None = None
    loops: int = 1
    for_: Annotated[_Period, Parameter(name="--for")] = None
    ids: Literal["mint", "keep"] = "mint"
    times: Literal["shift", "original", "now"] = "shift"
    spread: Literal["key", "preserve"] = "key"
    topic: Annotated[tuple[str, ...], _Many] = ()
    header_keep: Annotated[tuple[str, ...], _Many] = ()
    header_drop: Annotated[tuple[str, ...], _Many] = ()
    header_set: Annotated[tuple[str, ...], _Many] = ()
    id_field: Annotated[tuple[str, ...], _Many] = ()
    time_field: Annotated[tuple[str, ...], _Many] = ()
    seed: int = 0
    run_id: str | None = None

    def choices(self) -> Choices:
        """Return the choices. Raises Unusable that says what cannot be."""
        return chosen(
            pace=self._pace(),
            loops=self.loops,
            for_s=self.for_,
            ids=self.ids,
            times=self.times,
            spread=self.spread,
            topics=dict(_pair(topic) for topic in self.topic) or {LINK_REQUESTS.name: LINK_REQUESTS.name},
            headers={"keep": self.header_keep, "drop": self.header_drop, "put": [_set(put) for put in self.header_set]},
            id_fields=self.id_field,
            time_fields=self.time_field,
            seed=self.seed,
            run_id=self.run_id or f"{now():%Y%m%d-%H%M%S}-{secrets.token_hex(_SUFFIX_BYTES)}",
        )

    def _pace(self) -> dict[str, Any]:
        asked: dict[str, dict[str, Any] | None] = {
            "--full-speed": {"kind": "full-speed"} if self.full_speed else None,
            "--rate": None if self.rate is None else {"kind": "steady", "per_s": self.rate},
            "--poisson": None if self.poisson is None else {"kind": "poisson", "per_s": self.poisson},
            "--ramp": None if self.ramp is None else ramp(self.ramp),
            "--step": None if self.step is None else step(self.step),
            "--spike": None if self.spike is None else spike(self.spike),
            "--speed": None if self.speed is None else {},
        }
        paces = {option: pace for option, pace in asked.items() if pace is not None}
        if len(paces) > 1:
            raise Unusable(f"{' and '.join(paces)} exclude each other: choose one pace")
        option, pace = next(iter(paces.items()), ("--speed", {}))
        if option != "--speed":
            if self.pause_max is not None:
                raise Unusable(f"--pause-max belongs to the recording's own gaps: it cannot go with {option}")
            return pace
        return {"kind": "original", "speed": 1.0 if self.speed is None else self.speed, "pause_s_max": self.pause_max}


def _pair(topic: str) -> tuple[str, str]:
    recorded, _, target = topic.partition("=")
    return recorded, target or recorded


def _set(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise Unusable(f"--header-set {text}: write NAME=VALUE")
    return name, value
