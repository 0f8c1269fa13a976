"""Letters of replays on real Kafka, Postgres and SMTP: to the sink alone, and never in the way of a filer's."""

from pathlib import Path

import pytest

from services.contract.envelope import REPLAY_RUN
from services.contract.topics import MAIL_DELIVERIES
from services.notifier.settings import NotifierSettings
from services.notifier.sink import check_sink
from services.runtime.faults import Halt
from services.runtime.read import reading
from services.runtime.settings import SettingsFault
from tests.backends.deployment import Deployment
from tests.backends.smtp import MailServer
from tests.mailing.acting import Linker, eventually, in_state, notifying, request, rows, settings

REPLAYED = request(200_001)
FILED = request(300_001)


def rehearsing(deployment: Deployment, smtp: MailServer, sink: MailServer, **changes: object) -> NotifierSettings:
    told = {"rehearsal": True, "sink_smtp_host": sink.host, "sink_smtp_port": sink.port}
    return settings(deployment, smtp, **(told | changes))


def told_to(server: MailServer) -> list[str]:
    """Return whom the mails of a server are to, by the number in the address."""
    return sorted(mail.split(b"<filer", 1)[1].split(b"@", 1)[0].decode() for mail in server.messages)


async def published(deployment: Deployment) -> list[dict[str, bytes | None]]:
    """Return the marks of replays on all delivery events."""
    found = []
    for partition in range(deployment.partition_count):
        topic = MAIL_DELIVERIES.named(deployment.kafka.topic_prefix)
        async with reading(deployment.kafka, topic, partition) as reader:
            async for records in reader.until((await reader.bounds()).end):
                found += [{name: value for name, value in each.headers if name == REPLAY_RUN} for each in records]
    return found


async def test_replay_goes_to_the_sink_and_a_filers_letter_to_the_real_server(
    deployment: Deployment, smtp: MailServer, sink: MailServer, linker: Linker
) -> None:
    async with notifying(rehearsing(deployment, smtp, sink)):
        await linker.publish(REPLAYED, replay_run="run-1")
        await linker.publish(FILED)
        found = await in_state(deployment, "accepted", 2)
    assert (told_to(sink), told_to(smtp)) == (["200001"], ["300001"])
    assert {row["replay_run"] for row in found} == {"run-1", None}


async def test_event_of_a_replay_names_its_run(
    deployment: Deployment, smtp: MailServer, sink: MailServer, linker: Linker
) -> None:
    async with notifying(rehearsing(deployment, smtp, sink)):
        await linker.publish(REPLAYED, replay_run="run-1")
        found = await eventually(lambda: published(deployment))
    assert found == [{"replayrun": b"run-1"}]


async def test_sink_that_is_down_holds_no_filers_letter_up(
    deployment: Deployment, smtp: MailServer, tmp_path: Path, linker: Linker
) -> None:
    down = MailServer(tmp_path / "down")
    async with notifying(rehearsing(deployment, smtp, down)):
        await linker.publish(*(request(account) for account in range(210_000, 211_500)), replay_run="run-1")
        await linker.publish(FILED)
        await in_state(deployment, "accepted")
        assert told_to(smtp) == ["300001"]
        down.start()
        await in_state(deployment, "accepted", 1_501)
    down.stop()
    assert len(down.messages) == 1_500


async def test_replay_without_rehearsal_mode_is_mailed_to_nobody(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    async with notifying(settings(deployment, smtp)):
        await linker.publish(REPLAYED, replay_run="run-1")
        await linker.publish(FILED)
        await in_state(deployment, "bounced")
        await in_state(deployment, "accepted")
    assert told_to(smtp) == ["300001"]
    (last,) = await rows(deployment, "SELECT reply FROM notifier.attempts WHERE outcome = 'bounced'")
    assert "REHEARSAL is off here" in last["reply"]


async def test_replay_goes_out_where_that_was_told(
    deployment: Deployment, smtp: MailServer, sink: MailServer, linker: Linker
) -> None:
    async with notifying(rehearsing(deployment, smtp, sink, rehearsal_mail="real")):
        await linker.publish(REPLAYED, replay_run="run-1")
        await in_state(deployment, "accepted")
    assert (told_to(sink), told_to(smtp)) == ([], ["200001"])


async def test_sink_that_is_the_real_server_by_another_name_is_refused(
    deployment: Deployment, smtp: MailServer
) -> None:
    with pytest.raises(Halt, match="SMTP_IS_SINK"):
        await check_sink(rehearsing(deployment, smtp, smtp, sink_smtp_host="localhost"))


async def test_only_mail_server_may_be_the_sink_where_it_delivers_nothing(
    deployment: Deployment, smtp: MailServer, linker: Linker
) -> None:
    async with notifying(rehearsing(deployment, smtp, smtp, smtp_is_sink=True)):
        await linker.publish(REPLAYED, replay_run="run-1")
        await linker.publish(FILED)
        await in_state(deployment, "accepted", 2)
    assert told_to(smtp) == ["200001", "300001"]


def test_sink_at_the_real_servers_address_is_refused(deployment: Deployment, smtp: MailServer) -> None:
    with pytest.raises(SettingsFault, match="name another server as the sink"):
        rehearsing(deployment, smtp, smtp)
