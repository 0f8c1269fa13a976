"""Whether the values of the contract's topics are what their models ask for. Of what is wrong no value is told."""

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Final

from pydantic import ValidationError

from services.contract.topics import TOPICS, Keep
from services.replay.inspection.places import Shown
from services.replay.inspection.quick import pattern_of

EXAMPLE_COUNT_MAX: Final = 10
_TOPICS: Final = {topic.name: topic for topic in TOPICS}


class Fault(Shown):
    """A record that is not valid: its line, the field, and what is wrong with it."""

    line: int
    field: str
    what: str


class Validity(Shown):
    """Of one topic of the contract. `null` counts values that are null where the topic has no tombstones."""

    topic: str
    valid: int
    invalid: int
    null: int
    faults: list[Fault]


class Validator:
    """Checks the values of one topic. Topics that the contract does not know pass."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        found = _TOPICS.get(topic)
        self.knows = found is not None
        self._check = None if found is None else found.value.__pydantic_validator__.validate_json
        quick = None if found is None else pattern_of(found.value)
        self._quick = None if quick is None else quick.fullmatch
        self._has_tombstones = found is not None and found.keep is Keep.COMPACTED
        self._valid = self._invalid = self._null = 0
        self._faults: list[Fault] = []

    def add(self, values: Sequence[bytes | None], lines: Sequence[int]) -> None:
        """Check values, each with the line that it stands in."""
        check, quick = self._check, self._quick
        if check is None:
            return
        # A loop of Python for each value would take as long as its pattern: it is made for those alone that are left.
        taken = map(quick, [value or b"" for value in values]) if quick is not None else repeat(None, len(values))
        left = [place for place, was_taken in enumerate(taken) if not was_taken]
        self._valid += len(values) - len(left)
        for place in left:
            self._judge(check, values[place], lines[place])

    def _judge(self, check: Callable[[bytes], object], value: bytes | None, line: int) -> None:
        if value is None:
            self._null += not self._has_tombstones
            return
        try:
            check(value)
            self._valid += 1
        except ValidationError as error:
            self._invalid += 1
            self._note(error, line)

    def _note(self, error: ValidationError, line: int) -> None:
        if len(self._faults) < EXAMPLE_COUNT_MAX:
            first = error.errors(include_input=False, include_context=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            self._faults.append(Fault(line=line, field=field or "the value", what=first["type"].replace("_", " ")))

    def validity(self) -> Validity:
        """Return what was found."""
        return Validity(
            topic=self._topic, valid=self._valid, invalid=self._invalid, null=self._null, faults=self._faults
        )
