"""From a transaction to the mailbox, on real Kafka, Postgres and SMTP."""

import email
from email import policy

from services.contract.deliveries import DeliveryState, MailDelivered
from services.contract.topics import LINK_TRANSACTIONS, MAIL_DELIVERIES
from services.contract.transactions import Reason, TransactionStatus
from services.runtime.health import Health
from services.runtime.publish import Message
from services.runtime.read import reading
from tests.backends.deployment import Deployment
from tests.backends.smtp import MailServer
from tests.mailing.acting import (
    Linker,
    attempts,
    eventually,
    in_state,
    message,
    notifying,
    put,
    request,
    rows,
    settings,
)


async def test_a_link_is_mailed_to_the_filer(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    health = Health()
    async with notifying(settings(deployment, smtp), health):
        await linker.publish(request(111_111))
        delivered = (await in_state(deployment, "accepted"))[0]
    assert health.registry.get_sample_value("ecflink_notifier_queue_seconds_count") == 1
    assert smtp.messages == [delivered["message"]]
    mail = email.message_from_bytes(smtp.messages[0], policy=policy.default)
    assert mail["to"] == "Alex Attorney <filer111111@example.org>"
    assert mail["message-id"] == delivered["message_id"]
    assert await attempts(deployment) == ["accepted"]


async def test_the_owner_at_another_address_is_told(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    async with notifying(settings(deployment, smtp)):
        await linker.publish(request(cmecf_email="owner@example.com"))
        found = await in_state(deployment, "accepted", 2)
    assert {row["recipient"] for row in found} == {"filer111111@example.org", "owner@example.com"}


async def test_a_refusal_is_mailed_with_the_next_step(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    partition, refused = linker.transaction(
        request(cmecf_email="owner@example.com"), status=TransactionStatus.REJECTED, reason=Reason.PACER_LEGACY
    )
    async with notifying(settings(deployment, smtp)):
        await put(deployment, LINK_TRANSACTIONS, partition, [message(refused)])
        await in_state(deployment, "accepted")
    (mail,) = smtp.messages
    assert b"Next step: Sign in to Manage My Account at PACER" in mail
    assert b"801-524-6576" in mail


async def test_each_change_leaves_as_an_event(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    smtp.reply("RCPT", "451 later")
    async with notifying(settings(deployment, smtp)):
        (made,) = await linker.publish(request())
        await in_state(deployment, "accepted")
        events = await eventually(lambda: published(deployment, 2))
        await eventually(lambda: outbox_is_empty(deployment))
    assert [event.state for event in events] == [DeliveryState.DEFERRED, DeliveryState.ACCEPTED]
    assert {event.transaction_id for event in events} == {made.transaction_id}
    assert [event.attempts for event in events] == [1, 2]


async def test_a_repeated_transaction_is_mailed_once(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    partition, first = linker.transaction(request())
    _, second = linker.transaction(request())
    async with notifying(settings(deployment, smtp)):
        await put(deployment, LINK_TRANSACTIONS, partition, [message(first), message(first), message(second)])
        await in_state(deployment, "accepted", 2)
    assert len(smtp.messages) == 2


async def test_garbage_becomes_a_dead_letter_and_the_partition_goes_on(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    partition, good = linker.transaction(request())
    wrong_key = message(good)._replace(key=b"UTBK:999999")
    garbage = [Message(b"k", b"\xff\x00 not JSON", [("ce_id", b"\xff")]), Message(b"k", None, []), wrong_key]
    async with notifying(settings(deployment, smtp)):
        await put(deployment, LINK_TRANSACTIONS, partition, [*garbage, message(good)])
        await in_state(deployment, "accepted")
    buried = await rows(deployment, 'SELECT * FROM notifier.dead_letters ORDER BY "offset"')
    assert [row["value"] for row in buried] == [each.value for each in garbage]
    assert [row["offset"] for row in buried] == [0, 1, 2]


async def test_a_restart_sends_nothing_again(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    async with notifying(settings(deployment, smtp)):
        await linker.publish(*(request(account) for account in range(200_000, 200_020)))
        await in_state(deployment, "accepted", 20)
    async with notifying(settings(deployment, smtp)):
        await linker.publish(request(300_000))
        await in_state(deployment, "accepted", 21)
    assert len(smtp.messages) == 21
    assert set(await attempts(deployment)) == {"accepted"}


async def published(deployment: Deployment, count: int) -> list[MailDelivered]:
    """Return the delivery events once there are as many."""
    found = []
    topic = MAIL_DELIVERIES.named(deployment.kafka.topic_prefix)
    for partition in range(deployment.partition_count):
        async with reading(deployment.kafka, topic, partition) as reader:
            async for records in reader.until((await reader.bounds()).end):
                found += [MailDelivered.model_validate_json(record.value or b"") for record in records]
    return found if len(found) >= count else []


async def outbox_is_empty(deployment: Deployment) -> bool:
    return not await rows(deployment, "SELECT 1 FROM notifier.outbox")
