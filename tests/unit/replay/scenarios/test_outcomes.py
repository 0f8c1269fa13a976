"""What a scenario says a clean ledger must show is what the linker's own decision gives."""

from collections import Counter
from itertools import count

import pytest

from services.contract.requests import LinkRequested
from services.linker.decide import decide
from services.replay.scenarios.expected import outcome_name
from services.replay.scenarios.generating import Drawn, draw
from services.replay.scenarios.library import find, names
from services.replay.scenarios.records import Records

SCALES = {"smoke": 1, "nation-in-an-hour": 0.002}


def drawn(name: str, seed: int) -> Drawn:
    scenario = find(name).scenario.scaled(SCALES.get(name, 0.1))
    return draw(scenario, seed, scenario.start)


def asked(stream: Drawn) -> dict[int, list[LinkRequested]]:
    """Return the requests of each partition in order, copies left out as the linker does."""
    found: dict[int, dict[object, LinkRequested]] = {number: {} for number in range(6)}
    for batch in Records(stream.stage).batches():
        for record in batch:
            if record.topic == "link-requests-v1":
                request = LinkRequested.model_validate_json(record.value or b"")
                found[record.partition].setdefault(request.request_id, request)
    return {number: list(requests.values()) for number, requests in found.items()}


def outcomes(requests: list[LinkRequested]) -> dict[str, int]:
    ids = [number for number, _ in zip(count(10_001), requests, strict=False)]
    return Counter(outcome_name(each.status, each.reason) for each in decide(requests, [], ids))


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("seed", [1, 7])
def test_outcomes_are_those_of_the_linker(name: str, seed: int) -> None:
    stream = drawn(name, seed)
    assert outcomes([each for requests in asked(stream).values() for each in requests]) == stream.expected.outcomes


@pytest.mark.parametrize("name", names())
def test_outcomes_do_not_hang_on_which_partition_is_quicker(name: str) -> None:
    stream = drawn(name, 3)
    slowest_first = [each for _, requests in sorted(asked(stream).items(), reverse=True) for each in requests]
    assert outcomes(slowest_first) == stream.expected.outcomes


def test_rows_are_the_requests_and_copies_the_rest() -> None:
    stream = drawn("smoke", 7)
    requests = sum(record.topic == "link-requests-v1" for batch in Records(stream.stage).batches() for record in batch)
    assert stream.expected.ledger_rows + stream.expected.copies == requests
