"""What the operator's guide says to do after a named stop: its own statements, run, and the linker goes on."""

import re
from pathlib import Path

import pytest

from services.contract.topics import LINK_REQUESTS, LINK_TRANSACTIONS
from tests.backends.databases import Databases
from tests.faults.linker.test_kills import ledger_count, people
from tests.faults.linker.test_stops import halted, made_again, restored, worked, worked_on
from tests.linking.requests import message
from tests.linking.stage import Stage

pytestmark = pytest.mark.faults
GUIDE = Path(__file__).parents[3] / "docs" / "operating.md"


async def repair(stage: Stage, name: str) -> None:
    """Run the statements of one repair as they stand in the guide."""
    found = re.search(rf"```sql\n-- repair: {name}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    for statement in found[1].strip().split(";\n"):
        await stage.fetch(statement)


async def test_output_topic_made_again_is_filled_from_the_ledger(stage: Stage) -> None:
    await worked(stage)
    await made_again(stage, LINK_TRANSACTIONS)
    await halted(stage)
    await repair(stage, "output topic")
    stage.start()
    await stage.caught_up()
    assert sum((await stage.ends(LINK_TRANSACTIONS)).values()) == await ledger_count(stage)
    assert await stage.breaches() == []


@pytest.mark.thorough
async def test_request_topic_made_again_is_read_from_its_beginning(stage: Stage) -> None:
    await worked(stage, 30)
    await made_again(stage, LINK_REQUESTS)
    await halted(stage)
    await repair(stage, "request topic")
    stage.start()
    await stage.publish([message(each) for each in people(1, 30)])  # as republishing would send again
    await stage.send(people(101, 10))
    await stage.caught_up()
    assert await ledger_count(stage) == 70
    assert len(await stage.fetch("SELECT FROM linker.dead_letters")) == 0


@pytest.mark.thorough
async def test_restored_database_decides_the_lost_time_again(stage: Stage, databases: Databases) -> None:
    await worked(stage)
    earlier = await databases.copy(stage.deployment.database)
    await worked_on(stage)
    lost = await ledger_count(stage)
    await restored(stage, earlier.url("linker"))
    await made_again(stage, LINK_TRANSACTIONS)
    stage.deployment = stage.deployment.on(earlier)
    await repair(stage, "output topic")
    stage.start()
    await stage.caught_up()
    assert await ledger_count(stage) == lost
    await databases.drop(earlier)
