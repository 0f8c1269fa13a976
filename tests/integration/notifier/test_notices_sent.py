"""From a notice to the mailbox, on real Kafka, Postgres and SMTP: each once, and a code nowhere but in its mail."""

import email
from base64 import b64encode
from email import policy

import asyncpg
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from services.contract.ids import partition_of
from services.contract.notices import notice_key
from services.contract.topics import FILER_NOTICES
from services.notifier.deliveries import resend
from services.runtime.health import Health
from services.runtime.kafka import admin
from services.runtime.publish import Message
from tests.backends.deployment import Deployment
from tests.backends.smtp import DROP, FINAL_DOT, MailServer
from tests.mailing.acting import (
    Linker,
    attempts,
    court_live,
    eventually,
    in_state,
    notice_message,
    notify,
    notifying,
    put,
    request,
    rows,
    security_code,
    settings,
)

CODE = "40725518"


async def test_a_go_live_notice_is_mailed(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    made = court_live(1)
    async with notifying(settings(deployment, smtp, public_url="https://ecf.court.example")):
        await notify(deployment, made)
        (delivered,) = await in_state(deployment, "accepted")
    assert smtp.messages == [delivered["message"]]
    assert delivered["notice_id"] == made.notice_id
    mail = email.message_from_bytes(smtp.messages[0], policy=policy.default)
    assert mail["to"] == "Aty Alex <aty1@example.org>"
    assert "https://ecf.court.example/UTBK/ecf" in str(mail)
    assert not await rows(deployment, "SELECT 1 FROM notifier.outbox")


async def test_a_notice_that_comes_again_is_mailed_once(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    async with notifying(settings(deployment, smtp)):
        await notify(deployment, court_live(1), court_live(2), court_live(1))
        await notify(deployment, court_live(2), court_live(3))
        await in_state(deployment, "accepted", 3)
    async with notifying(settings(deployment, smtp)):
        await notify(deployment, court_live(3), court_live(4))
        await in_state(deployment, "accepted", 4)
    assert len(smtp.messages) == 4
    assert set(await attempts(deployment)) == {"accepted"}


async def test_a_code_is_in_its_mail_alone(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    smtp.hold()
    async with notifying(settings(deployment, smtp)):
        await notify(deployment, security_code(CODE))
        (sending,) = await in_state(deployment, "transmitting")
        assert sending["sealed"]
        await clear_of_code(deployment)
        smtp.release()
        (delivered,) = await in_state(deployment, "accepted")
    (mail,) = smtp.messages
    assert CODE.encode() in mail
    assert (delivered["message"], delivered["erased_at"] is not None) == (b"", True)
    assert delivered["message_id"].encode() in mail
    await clear_of_code(deployment)


async def test_a_code_put_off_goes_out_with_the_same_bytes(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    smtp.reply(FINAL_DOT, DROP)
    async with notifying(settings(deployment, smtp)):
        await notify(deployment, security_code(CODE))
        await in_state(deployment, "accepted")
    first, second = smtp.messages
    assert first == second
    assert sorted(map(str, await attempts(deployment))) == ["accepted", "ambiguous"]


async def test_a_held_code_is_erased_and_never_resent(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    smtp.reply(FINAL_DOT, DROP, times=2)
    async with notifying(settings(deployment, smtp)):
        await notify(deployment, security_code(CODE))
        (held,) = await in_state(deployment, "held")
    assert held["message"] == b""
    pool = await asyncpg.create_pool(deployment.database.owner_url, min_size=1, max_size=1)
    assert not await resend(pool, held["delivery_id"], by="clerk")
    await pool.close()


async def test_an_expired_code_is_not_sent(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    await notify(deployment, security_code(CODE, good_s=-1))
    async with notifying(settings(deployment, smtp)):
        (bounced,) = await in_state(deployment, "bounced")
    assert not smtp.messages
    assert bounced["message"] == b""
    (attempt,) = await rows(deployment, "SELECT reply FROM notifier.attempts")
    assert "expired, not sent" in attempt["reply"]


async def test_garbage_and_codes_for_another_key_are_buried(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    foreign = security_code(CODE).sealed_code
    assert foreign is not None
    unknown = security_code(CODE, 2, sealed_code=foreign.replace("test-1:", "other:"))
    good = court_live(1)
    partition = partition_of(notice_key(good), deployment.partition_count)
    garbage = [Message(b"k", b"\xff\x00", []), Message(b"k", None, []), notice_message(good)._replace(key=b"7654321")]
    async with notifying(settings(deployment, smtp)) as health:
        await put(deployment, FILER_NOTICES, partition, [*garbage, notice_message(good)])
        await notify(deployment, unknown, security_code(CODE, 3))
        await in_state(deployment, "accepted", 2)
        await eventually(lambda: buried(deployment, 4))
        await eventually(lambda: untroubled(health))
    details = [str(row["detail"]) for row in await buried(deployment, 4)]
    assert any("sealed to key 'other', which is not in NOTICE_KEYS" in detail for detail in details)


async def test_a_restart_reads_on_where_it_stood(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    async with notifying(settings(deployment, smtp)):
        await notify(deployment, *(court_live(number) for number in range(20)))
        await in_state(deployment, "accepted", 20)
    positions = await rows(deployment, "SELECT notice_next_offset, notice_digest FROM notifier.position")
    assert sum(row["notice_next_offset"] for row in positions) == 20
    async with notifying(settings(deployment, smtp)):
        await notify(deployment, court_live(20))
        await in_state(deployment, "accepted", 21)
    assert len(smtp.messages) == 21


async def test_notices_that_the_log_dropped_are_told_and_passed_over(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    lost = [court_live(number) for number in range(30)]
    await notify(deployment, *lost)
    topic = FILER_NOTICES.named(deployment.kafka.topic_prefix)
    async with admin(deployment.kafka) as client:
        for partition in range(deployment.partition_count):
            await drop_records(client, topic, partition)
    health = Health()
    async with notifying(settings(deployment, smtp), health):
        await notify(deployment, court_live(30))
        (delivered,) = await in_state(deployment, "accepted")
    assert delivered["recipient"] == "aty30@example.org"
    assert health.registry.get_sample_value("ecflink_notifier_notices_lost_total") == len(lost)
    (kept,) = await rows(deployment, "SELECT sum(notices_lost) AS lost FROM notifier.position")
    assert kept["lost"] == len(lost)


async def test_a_flood_of_notices_holds_no_transaction_up(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    await notify(deployment, *(court_live(number) for number in range(6_000)))
    async with notifying(settings(deployment, smtp)):
        await in_state(deployment, "accepted")
        await linker.publish(request())
        await eventually(lambda: mailed(deployment, "record"))
        (left,) = await rows(
            deployment, "SELECT 6000 - count(*) AS count FROM notifier.deliveries WHERE transaction_id IS NULL"
        )
        # Most notices are still where they came from: nobody's record waits behind them.
        assert left["count"] > 0


async def untroubled(health: Health) -> bool:
    return not health.reasons


async def mailed(deployment: Deployment, letter: str) -> bool:
    found = await rows(deployment, "SELECT letter FROM notifier.deliveries WHERE state = 'accepted'")
    return any(row["letter"] == letter for row in found)


async def buried(deployment: Deployment, count: int) -> list[dict[str, object]]:
    found = await rows(deployment, "SELECT * FROM notifier.dead_letters")
    return found if len(found) >= count else []


async def clear_of_code(deployment: Deployment) -> None:
    """Hold every row of the notifier against the code, in clear and in base64."""
    for table in ("deliveries", "attempts", "outbox", "dead_letters"):
        found = await rows(deployment, f"SELECT t::text, {_bytes(table)} AS bytes FROM notifier.{table} AS t")  # noqa: S608
        for row in found:
            for content in (row["t"].encode(), row["bytes"] or b""):
                assert CODE.encode() not in content
                assert b64encode(CODE.encode())[:8] not in content


def _bytes(table: str) -> str:
    return {"deliveries": "message", "outbox": "value", "dead_letters": "value"}.get(table, "NULL::bytea")


async def drop_records(client: AIOKafkaAdminClient, topic: str, partition: int) -> None:
    """Delete what a partition holds, as the retention of its topic does in time."""
    await client.delete_records({TopicPartition(topic, partition): RecordsToDelete(before_offset=-1)})
