"""Replays at a real linker: what counts with rehearsal mode on, and what becomes of one that strays in with it off."""

import pytest

from services.contract.topics import LINK_TRANSACTIONS
from services.runtime.read import reading
from tests.linking.requests import PROOF_KEYS, REHEARSAL_KEYS, message, replayed, requested
from tests.linking.stage import Stage
from tests.thorough import one_for_all

ON = {"REHEARSAL": "true", "REHEARSAL_KEYS": REHEARSAL_KEYS, "SINK_SMTP_HOST": "sink.example.org"}
BY_REHEARSAL_KEY = replayed(message(requested(1), keys=REHEARSAL_KEYS), "run-1")


async def ledger(stage: Stage) -> list[int]:
    rows = await stage.fetch("SELECT request_id FROM linker.ledger ORDER BY request_id")
    return [int(row["request_id"].int & 0xFFFF) for row in rows]


async def buried(stage: Stage) -> list[tuple[str, str]]:
    rows = await stage.fetch("SELECT kind, detail FROM linker.dead_letters")
    return [(row["kind"], row["detail"]) for row in rows]


async def runs(stage: Stage) -> list[bytes | None]:
    """Return the run that each published transaction names."""
    kafka, found = stage.deployment.kafka, []
    for partition in range(stage.deployment.partition_count):
        async with reading(kafka, LINK_TRANSACTIONS.named(kafka.topic_prefix), partition) as reader:
            async for records in reader.until((await reader.bounds()).end):
                found += [dict(record.headers).get("replayrun") for record in records]
    return found


async def test_replay_is_recorded_and_its_run_goes_on_with_the_transaction(stage: Stage) -> None:
    await stage.send([requested(1)])
    await stage.publish([replayed(message(requested(2), keys=REHEARSAL_KEYS), "run-1")])
    stage.start(**ON)
    await stage.caught_up()
    assert await ledger(stage) == [1, 2]
    assert sorted(run or b"" for run in await runs(stage)) == [b"", b"run-1"]


@pytest.mark.parametrize(
    "keys",
    one_for_all([PROOF_KEYS, REHEARSAL_KEYS, f"k9:{'77' * 32}"], plain=REHEARSAL_KEYS),
    ids=["proof-key", "rehearsal-key", "unknown-key"],
)
async def test_replay_that_strays_in_is_buried_and_the_partition_goes_on(stage: Stage, keys: str) -> None:
    await stage.publish([replayed(message(requested(1), keys=keys), "run-1")])
    stage.start()
    await stage.send([requested(number) for number in range(2, 8)])
    await stage.caught_up()
    assert await ledger(stage) == [2, 3, 4, 5, 6, 7]
    assert await buried(stage) == [("bad-proof", "the record is of the replay run-1, and REHEARSAL is off here")]
    assert await stage.breaches() == []


async def test_rehearsal_key_without_a_run_is_buried(stage: Stage) -> None:
    await stage.publish([message(requested(1), keys=REHEARSAL_KEYS)])
    stage.start(**ON)
    await stage.caught_up()
    assert [kind for kind, _ in await buried(stage)] == ["bad-proof"]
    assert await ledger(stage) == []


async def test_second_play_with_kept_ids_links_nothing_twice(stage: Stage) -> None:
    again = replayed(message(requested(1), keys=REHEARSAL_KEYS), "run-2")
    await stage.publish([BY_REHEARSAL_KEY, again])
    stage.start(**ON)
    await stage.caught_up()
    assert await ledger(stage) == [1]
    assert await runs(stage) == [b"run-1"]


@pytest.mark.thorough
async def test_linker_without_a_sink_does_not_start(stage: Stage) -> None:
    process = stage.start(**(ON | {"SINK_SMTP_HOST": ""}))
    assert await stage.ended(process) != 0
    assert "REHEARSAL is on without a sink" in stage.log()
