"""Generating: a scenario and a seed become a recording and a file of accounts, in bounded memory.

Nothing else goes in: no clock, no host, no hash of a set. The same scenario and seed make the same bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from services.contract.topics import AUTH_LOGINS, LINK_REQUESTS
from services.replay.drafts import OWNER_ONLY, whole_file
from services.replay.outcome import Unusable
from services.replay.recording.manifest import Draft, Manifest
from services.replay.recording.writing import RecordingWriter
from services.replay.scenarios.accounts import account_lines
from services.replay.scenarios.cast import Cast, cast_of
from services.replay.scenarios.chance import Chance
from services.replay.scenarios.expected import NOTE, Expected, expected_of
from services.replay.scenarios.places import Place, places_of
from services.replay.scenarios.records import PARTITION_COUNT, Records, Stage
from services.replay.scenarios.scenario import Scenario
from services.replay.scenarios.walks import events_of

SUFFIXES: Final = (".jsonl", ".jsonl.gz", ".jsonl.zst")

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Order:
    """What is to be generated, and where to. `start` takes the place of the scenario's own."""

    name: str
    scenario: Scenario
    seed: int
    path: Path
    start: datetime
    replace: bool = False


class Drawn(NamedTuple):
    """A scenario drawn with its seed: all that the two files are made from."""

    stage: Stage
    expected: Expected

    @property
    def record_count(self) -> int:
        """How many records there will be."""
        return len(self.stage.events.keys)


def draw(scenario: Scenario, seed: int, start: datetime) -> Drawn:
    """Draw a scenario. Raises Unusable where its courts are not in the registry."""
    courts, weights = places_of(scenario.courts)
    if len(weights) < scenario.courts.each:
        raise Unusable(f"courts.each is {scenario.courts.each}, and only {len(weights)} courts are live")
    chance = Chance(seed)
    cast = cast_of(scenario, weights, len(courts) - len(weights), chance)
    events = events_of(scenario, cast, chance)
    return Drawn(Stage(scenario, seed, courts, cast, events, start), expected_of(scenario.counts, events.copies))


def write_recording(order: Order, drawn: Drawn, advance: Advance) -> Manifest:
    """Write the recording. Raises Unusable where it cannot be written."""
    draft = Draft(
        scenario=order.name,
        seed=order.seed,
        notes={"title": order.scenario.title, NOTE: drawn.expected.model_dump_json()},
        partition_counts={AUTH_LOGINS.name: PARTITION_COUNT, LINK_REQUESTS.name: PARTITION_COUNT},
    )
    with RecordingWriter(order.path, draft, replace=order.replace) as writer:
        for batch in Records(drawn.stage).batches():
            writer.write(batch)
            advance(len(batch))
        return writer.close()


def accounts_path(path: Path) -> Path:
    """Return where the accounts of a recording go: beside it, under its name."""
    suffix = next((each for each in reversed(SUFFIXES) if path.name.endswith(each)), "")
    return path.with_name(path.name.removesuffix(suffix) + ".accounts.jsonl")


def write_accounts(order: Order, drawn: Drawn, advance: Advance) -> int:
    """Write the accounts, whole or not at all, and return how many. Raises Unusable where that cannot be."""
    path = accounts_path(order.path)
    try:
        with whole_file(path, mode=OWNER_ONLY) as file:
            return _write(file, drawn.stage.scenario, drawn.stage.cast, drawn.stage.places, advance)
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror or type(error).__name__}; no accounts were written") from None


def _write(file: BinaryIO, scenario: Scenario, cast: Cast, courts: tuple[Place, ...], advance: Advance) -> int:
    count = 0
    for lines in account_lines(scenario, cast, courts):
        file.writelines(lines)
        count += len(lines)
        advance(len(lines))
    return count


def refuse_existing(order: Order) -> None:
    """Raise Unusable where one of the two files is there already and is not to be replaced."""
    for path in (order.path, accounts_path(order.path)):
        if path.exists() and not order.replace:
            raise Unusable(f"{path} is there already: name another file, or add --replace")
