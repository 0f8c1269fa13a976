"""How much worse a run may be before it counts."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """What is let pass: times longer by this share or by this many ms, a rate lower by this share, failures more by
    this share of the requests. `strict`: what is unclear counts as worse; `anyway`: conditions may differ.
    """

    times: float = 0.10
    times_ms: float = 1.0
    rate: float = 0.05
    failures: float = 0.001
    strict: bool = False
    anyway: bool = False
