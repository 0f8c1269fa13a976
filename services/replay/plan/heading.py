"""The header policy: which headers of a record travel, which are made anew, and what is added. Pure.

Safe by default: only the envelope travels. Secrets and marks of one hop travel only when named exactly; an old proof,
where a new one is made, and an old `replayrun` never.
"""

from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from services.contract.envelope import PROOF, REDRIVE_OF, REPLAY_RUN, TRACEPARENT
from services.replay.outcome import Unusable
from services.replay.plan.choices import Choices, HeaderPolicy

Headers = list[tuple[str, bytes | None]]


ALLOWED: Final = ("ce_*", "content-type", TRACEPARENT, REDRIVE_OF)
OWN: Final = (PROOF, REPLAY_RUN)
NEVER_BY_PATTERN: Final = (
    *("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "*-token", "*password*", "*secret*"),
    *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "__connect.*", "kafka_*"),
    *("x-retry-*", "x-death", "x-original-*", "dlq-*", "*-dlt-*"),
)
SECRET: Final = (
    *("*authorization*", "*cookie*", "*token*", "*password*", "*passwd*", "*secret*", "*credential*"),
    *("*api-key*", "*api_key*", "*apikey*", "*signature*"),
)
"""Headers whose values are not to be written down; more than those which only travel when named exactly."""
HIDDEN: Final = "(hidden)"
MADE_ANEW: Final = ("ce_id", "ce_time", "ce_source", TRACEPARENT)
_SHAPE_COUNT_MAX: Final = 1_000


def without_secrets(choices: Choices) -> Choices:
    """Return choices as they may be written down: a header that looks secret is set to HIDDEN."""
    put = tuple((name, HIDDEN if _matches(name.lower(), SECRET) else value) for name, value in choices.headers.put)
    return choices.model_copy(update={"headers": choices.headers.model_copy(update={"put": put})})


class Shape(NamedTuple):
    """What becomes of headers that have these names in this order: which travel, and where those to be made anew stand
    among them.
    """

    kept: tuple[int, ...]
    whole: bool
    anew: tuple[tuple[int, str], ...]
    proof: int | None


class Heading:
    """Applies a policy and counts by name what travelled and what did not. `keep_proof`: an old proof travels too."""

    def __init__(self, policy: HeaderPolicy, *, keep_proof: bool) -> None:
        if faults := [name for name, _ in policy.put if name in OWN]:
            raise Unusable(f"--header-set {faults[0]}: this header is always made by the replay itself")
        if hidden := [name for name, value in policy.put if value == HIDDEN]:
            raise Unusable(f"--header-set {hidden[0]}: its value was not written down; give it again")
        self._policy = policy
        self._keep_proof = keep_proof
        self._shapes: dict[tuple[str, ...], Shape] = {}
        self._counts: Counter[tuple[str, ...]] = Counter()
        self.kept: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()

    def of(self, headers: Sequence[tuple[str, bytes | None]]) -> Shape:
        """Return what becomes of headers, and count them."""
        return self.note(tuple([name for name, _ in headers]), 1)

    def note(self, names: tuple[str, ...], count: int) -> Shape:
        """Return what becomes of headers of these names, and count so many of them."""
        shape = self._shapes.get(names)
        if shape is None:
            if len(self._shapes) >= _SHAPE_COUNT_MAX:
                self.settle()
            shape = self._shapes[names] = self._shape(names)
        self._counts[names] += count
        return shape

    def settle(self) -> None:
        """Bring the counts by name up to date."""
        for names, count in self._counts.items():
            kept = set(self._shapes[names].kept)
            for position, name in enumerate(names):
                (self.kept if position in kept else self.dropped)[name] += count
        self._counts.clear()
        self._shapes.clear()

    def _shape(self, names: tuple[str, ...]) -> Shape:
        kept = tuple(
            position
            for position, name in enumerate(names)
            if travels(name, self._policy) or (name == PROOF and self._keep_proof)
        )
        anew = tuple((place, names[position]) for place, position in enumerate(kept) if names[position] in MADE_ANEW)
        proofs = [position for position, name in enumerate(names) if name == PROOF]
        return Shape(kept, len(kept) == len(names), anew, proofs[0] if proofs else None)


def travels(name: str, policy: HeaderPolicy) -> bool:
    """Say whether a header of this name travels."""
    if name in OWN or any(name == put for put, _ in policy.put) or _matches(name, policy.drop):
        return False
    if name in policy.keep:
        return True
    return _matches(name, (*ALLOWED, *policy.keep)) and not _matches(name.lower(), NEVER_BY_PATTERN)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
