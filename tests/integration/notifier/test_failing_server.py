"""A mail server that fails at every verb: what is put off, bounced, ambiguous or held, and that nothing ever stops."""

from pathlib import Path
from uuid import UUID

import pytest

from services.notifier.deliveries import resend
from services.runtime.database import open_pool
from tests.backends.deployment import Deployment
from tests.backends.smtp import DROP, FINAL_DOT, MailServer
from tests.mailing.acting import Linker, attempts, in_state, notifying, request, rows, settings
from tests.thorough import one_for_all

VERBS = ("MAIL", "RCPT", "DATA", FINAL_DOT)


@pytest.mark.parametrize("verb", one_for_all(VERBS, plain="RCPT"))
async def test_a_4xx_is_tried_again(deployment: Deployment, smtp: MailServer, linker: Linker, verb: str) -> None:
    smtp.reply(verb, "451 try later")
    async with notifying(settings(deployment, smtp)):
        await linker.publish(request())
        await in_state(deployment, "accepted")
    assert await attempts(deployment) == ["deferred", "accepted"]
    assert len(smtp.messages) == 1


@pytest.mark.parametrize("verb", one_for_all(VERBS, plain="RCPT"))
async def test_a_5xx_bounces(deployment: Deployment, smtp: MailServer, linker: Linker, verb: str) -> None:
    smtp.reply(verb, "550 no such person")
    async with notifying(settings(deployment, smtp)):
        await linker.publish(request(111_111), request(222_222))
        await in_state(deployment, "bounced")
        await in_state(deployment, "accepted")
    assert len(smtp.messages) == 1


async def test_a_refused_recipient_leaves_the_connection_usable(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    smtp.reply("RCPT", "550 no such person")
    async with notifying(settings(deployment, smtp, smtp_connections=1)):
        await linker.publish(*(request(account) for account in range(200_000, 200_010)))
        await in_state(deployment, "accepted", 9)
    assert smtp.verbs.count("EHLO") == 1


@pytest.mark.parametrize("verb", one_for_all(["EHLO", "MAIL", "RCPT", "DATA"], plain="DATA"))
async def test_a_drop_before_the_content_is_not_ambiguous(
    deployment: Deployment, smtp: MailServer, linker: Linker, verb: str
) -> None:
    smtp.reply(verb, DROP)
    async with notifying(settings(deployment, smtp)):
        await linker.publish(request())
        await in_state(deployment, "accepted")
    assert "ambiguous" not in await attempts(deployment)
    assert len(smtp.messages) == 1


async def test_a_drop_after_the_final_dot_is_sent_once_more_with_the_same_bytes(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    smtp.reply(FINAL_DOT, DROP)
    async with notifying(settings(deployment, smtp)):
        await linker.publish(request())
        await in_state(deployment, "accepted")
    first, copy = smtp.messages
    assert first == copy
    assert await attempts(deployment) == ["ambiguous", "accepted"]


async def test_ambiguous_twice_is_held_until_an_operator_resends(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    smtp.reply(FINAL_DOT, DROP, times=2)
    chosen = settings(deployment, smtp)
    pool = await open_pool(chosen, size_max=1)
    async with notifying(chosen):
        await linker.publish(request())
        held: UUID = (await in_state(deployment, "held"))[0]["delivery_id"]
        assert await resend(pool, held, by="operator")
        delivered = (await in_state(deployment, "accepted"))[0]
        assert not await resend(pool, held, by="operator")
    await pool.close()
    assert delivered["resent_by"] == "operator"
    assert await attempts(deployment) == ["ambiguous", "ambiguous", "accepted"]


async def test_only_the_letter_under_way_is_ambiguous(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    smtp.reply(FINAL_DOT, "250 kept", times=3)
    smtp.reply(FINAL_DOT, DROP)
    async with notifying(settings(deployment, smtp, smtp_connections=1)):
        await linker.publish(*(request(account) for account in range(200_000, 200_030)))
        await in_state(deployment, "accepted", 30)
    assert (await attempts(deployment)).count("ambiguous") == 1
    assert len(smtp.messages) == 31


async def test_letters_are_taken_in_while_the_server_is_down(
    deployment: Deployment, tmp_path: Path, linker: Linker
) -> None:
    later = MailServer(tmp_path / "later")
    async with notifying(settings(deployment, later)) as health:
        await linker.publish(*(request(account) for account in range(200_000, 200_020)))
        await in_state(deployment, "claimed", 20)
        assert not health.reasons
        later.start()
        await in_state(deployment, "accepted", 20)
    later.stop()
    assert len(later.messages) == 20


async def test_a_letter_put_off_for_too_long_bounces(deployment: Deployment, smtp: MailServer, linker: Linker) -> None:
    smtp.reply("RCPT", "451 try later", times=100)
    async with notifying(settings(deployment, smtp, deferral_s_max=1)):
        await linker.publish(request())
        await in_state(deployment, "bounced")
    (last,) = await rows(deployment, "SELECT reply FROM notifier.attempts ORDER BY number DESC LIMIT 1")
    assert last["reply"].startswith("given up after")


async def test_an_address_outside_ascii_is_served_by_a_server_that_takes_it(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    async with notifying(settings(deployment, smtp)):
        await linker.publish(request(pacer_email="jürgen@example.org"))
        await in_state(deployment, "accepted")
    assert "To: Alex Attorney <jürgen@example.org>".encode() in smtp.messages[0]


async def test_an_address_outside_ascii_bounces_where_the_server_does_not_take_it(
    deployment: Deployment, tmp_path: Path, linker: Linker
) -> None:
    plain = MailServer(tmp_path / "plain", enable_SMTPUTF8=False)
    plain.start()
    async with notifying(settings(deployment, plain)):
        await linker.publish(request(pacer_email="jürgen@example.org"))
        await in_state(deployment, "bounced")
    plain.stop()
    (last,) = await rows(deployment, "SELECT reply FROM notifier.attempts")
    assert "SMTPUTF8" in last["reply"]


async def test_a_letter_on_its_way_is_finished_at_the_end(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    smtp.hold()
    async with notifying(settings(deployment, smtp)):
        await linker.publish(request())
        await in_state(deployment, "transmitting")
        smtp.release()
    assert await attempts(deployment) == ["accepted"]


@pytest.mark.thorough
async def test_what_no_reply_came_for_at_the_end_is_ambiguous_to_the_next(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    smtp.hold()
    async with notifying(settings(deployment, smtp)):
        await linker.publish(request())
        await in_state(deployment, "transmitting")
    smtp.release()
    async with notifying(settings(deployment, smtp)):
        await in_state(deployment, "accepted")
    assert await attempts(deployment) == ["ambiguous", "accepted"]
    assert len(smtp.messages) == 2
