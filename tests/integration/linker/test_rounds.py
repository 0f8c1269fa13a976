"""Batches of several partitions that commit in one transaction, on the real database: each keeps what is its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from services.contract.ids import partition_of
from services.contract.proof import KeyRing
from services.contract.requests import LinkRequested
from services.contract.topics import LINK_REQUESTS
from services.linker.intake import Received, read
from services.linker.keys import Keys
from services.linker.ledger import PostgresLedger
from services.linker.position import Batch, Committed, Fenced, Published
from services.linker.settings import LinkerSettings
from services.runtime.database import DataFault, open_batch_pool
from services.runtime.settings import load
from tests.linking.records import record
from tests.linking.requests import PROOF_KEYS, message, requested
from tests.linking.stage import Stage


@pytest.fixture
async def ledger(stage: Stage) -> AsyncIterator[PostgresLedger]:
    settings = load(LinkerSettings, **(stage.deployment.settings("linker") | {"PROOF_KEYS": PROOF_KEYS}))
    pool = await open_batch_pool(settings, size_max=4)
    made = PostgresLedger(pool, LINK_REQUESTS.name)
    for partition in range(stage.deployment.partition_count):
        await made.take_over(partition)
    yield made
    await pool.close()


def batches(stage: Stage, requests: Sequence[LinkRequested]) -> list[Batch]:
    """Return a first batch for each partition that has any of the requests, by partition."""
    count = stage.deployment.partition_count
    keys = Keys(KeyRing.parse(PROOF_KEYS))
    by_partition: dict[int, list[LinkRequested]] = {}
    for each in requests:
        by_partition.setdefault(partition_of(message(each).key, count), []).append(each)
    made = []
    for partition, asked in sorted(by_partition.items()):
        items = [
            read(record(message(each), partition_count=count, offset=place), keys, count)
            for place, each in enumerate(asked)
        ]
        made.append(Batch(partition, 1, 0, len(items), b"", items, Published(0)))
    return made


async def committed(ledger: PostgresLedger, each_of: Sequence[Batch]) -> list[Committed | BaseException]:
    return await asyncio.gather(*(ledger.commit(batch) for batch in each_of), return_exceptions=True)


async def transactions(stage: Stage) -> list[int]:
    """Return how many partitions each transaction wrote rows of."""
    rows = await stage.fetch("SELECT count(DISTINCT partition) AS count FROM linker.ledger GROUP BY xmin::text")
    return [row["count"] for row in rows]


def refusals(answers: Sequence[Any]) -> list[str]:
    return [outcome.reason for answer in answers for outcome in answer.outcomes if outcome.reason]


async def test_what_comes_together_commits_together(stage: Stage, ledger: PostgresLedger) -> None:
    asked = batches(stage, [requested(number) for number in range(1, 60)])
    await committed(ledger, asked)
    assert await transactions(stage) == [len(asked)]
    assert len(await stage.fetch("SELECT FROM linker.links")) == 59


async def test_a_fenced_partition_takes_nothing_and_harms_nobody(stage: Stage, ledger: PostgresLedger) -> None:
    asked = batches(stage, [requested(number) for number in range(1, 60)])
    await ledger.take_over(asked[1].partition)
    answers = await committed(ledger, asked)
    assert [place for place, answer in enumerate(answers) if isinstance(answer, Fenced)] == [1]
    written = await stage.fetch("SELECT DISTINCT partition FROM linker.ledger ORDER BY partition")
    assert [row["partition"] for row in written] == [each.partition for each in asked if each is not asked[1]]


async def test_partitions_of_one_round_that_want_one_login_are_decided_in_order(
    stage: Stage, ledger: PostgresLedger
) -> None:
    asked = batches(stage, [requested(number, cmecf_canonical="wanted") for number in range(1, 60)])
    answers = await committed(ledger, asked)
    (first, *_) = (item.request for item in asked[0].items if isinstance(item, Received))
    links = await stage.fetch("SELECT pacer_account FROM linker.links")
    assert [link["pacer_account"] for link in links] == [first.pacer_account]
    assert refusals(answers) == ["CMECF_ALREADY_LINKED"] * 58


async def test_data_that_postgres_refuses_fails_its_own_batch_alone(stage: Stage, ledger: PostgresLedger) -> None:
    asked = batches(stage, [requested(number) for number in range(1, 60)])
    (poisoned, *_) = (item.request for item in asked[1].items if isinstance(item, Received))
    await stage.fetch(f"ALTER TABLE linker.links ADD CHECK (cmecf_canonical <> '{poisoned.cmecf_canonical}')")
    answers = await committed(ledger, asked)
    assert [place for place, answer in enumerate(answers) if isinstance(answer, DataFault)] == [1]
    assert all(isinstance(answer, Committed) for place, answer in enumerate(answers) if place != 1)
