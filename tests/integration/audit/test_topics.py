"""What is wrong with the topics is caught, and what may happen to them is not called wrong."""

import pytest

from services.audit.audit import passes
from services.audit.lines import Verdict
from services.contract.topics import LINK_REQUESTS, LINK_TRANSACTIONS
from services.runtime.publish import Message
from services.runtime.settings import KafkaSettings
from tests.integration.audit.scene import Alter, Scene, copied_topics


def _second_copy_with_other_bytes(messages: list[Message]) -> list[Message]:
    return [*messages, messages[0]._replace(value=messages[0].value + b" ")] if messages[0].value else messages


def _swapped(messages: list[Message]) -> list[Message]:
    return [messages[1], messages[0], *messages[2:]]


@pytest.mark.parametrize(
    "alter,called",
    [
        (_second_copy_with_other_bytes, "published record that is not the ledger's row"),
        (_swapped, "published before the row before it"),
        (lambda messages: messages[1:], "ledger row that is not in the topic"),
        (lambda _: [], "ledger row that is not in the topic"),
    ],
)
async def test_altered_output_is_caught(scene: Scene, topics: KafkaSettings, alter: Alter, called: str) -> None:
    altered = await copied_topics(scene, topics, topic=LINK_TRANSACTIONS.name, alter=alter)
    line = (await altered.audit())["P5"]
    assert line.verdict is Verdict.VIOLATED
    assert called in str(line)


async def test_identical_copies_are_counted_and_clean(scene: Scene, topics: KafkaSettings) -> None:
    altered = await copied_topics(scene, topics, topic=LINK_TRANSACTIONS.name, alter=lambda all_: [*all_, *all_[-2:]])
    lines = await altered.audit()
    assert passes(list(lines.values())), str(lines)
    assert "6 copies" in lines["P5"].summary


async def test_altered_request_is_caught(scene: Scene, topics: KafkaSettings) -> None:
    altered = await copied_topics(scene, topics, topic=LINK_REQUESTS.name, alter=_swapped)
    assert "not the request that stands at its offset" in str((await altered.audit())["P2"])


async def test_unread_tail_is_in_flight(scene: Scene, topics: KafkaSettings) -> None:
    longer = await copied_topics(scene, topics, topic=LINK_REQUESTS.name, alter=lambda all_: [*all_, all_[0]])
    lines = await longer.audit()
    assert passes(list(lines.values()))
    assert lines["P7"].in_flight == ("3 requests to be taken",)


async def test_unpublished_tail_is_in_flight(scene: Scene, topics: KafkaSettings) -> None:
    shorter = await copied_topics(scene, topics, topic=LINK_TRANSACTIONS.name, alter=lambda all_: all_[:-1])
    await shorter.execute(
        "UPDATE linker.position SET published_seq = next_seq - 2, published_offset = next_seq - 3",
        "UPDATE notifier.position SET next_offset = next_offset - 1, last_seq = last_seq - 1",
    )
    lines = await shorter.audit()
    assert passes(list(lines.values())), str(lines)
    assert lines["P5"].in_flight == ("3 rows to be published",)
