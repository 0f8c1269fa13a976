"""The audit of a run: clean beside other traffic, and each planted fault found with the ids of its requests."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest

from services.contract.topics import LINK_TRANSACTIONS
from services.replay.measure.audit import Claim, audit_run
from services.replay.measure.results import AuditSummary
from services.replay.outcome import Unusable
from services.runtime.publish import Message
from services.runtime.settings import KafkaSettings
from services.runtime.topology import Shape, create_topics, make_positions
from tests.backends.databases import Databases
from tests.backends.deployment import Deployment
from tests.backends.servers import Backend
from tests.integration.audit.post import deliver
from tests.integration.audit.scene import Scene, copied_topics, linking
from tests.integration.replay.audited import (
    ALONE,
    EARLIER,
    FIRST,
    NEVER_SENT,
    REHEARSAL,
    RUN,
    SECOND,
    Line,
    Played,
    asked,
    named,
    ordinary,
    send,
)
from tests.thorough import one_for_all

_RECORDED = """
UPDATE auth.attempts SET transaction_id = l.transaction_id FROM linker.ledger AS l
 WHERE l.request_id = attempts.request_id"""
_PARTITION_COUNT = 3
_DELIVERY_OF = "SELECT delivery_id FROM notifier.deliveries WHERE letter = 'record' AND request_id = $1"


@pytest.fixture(scope="session")
def clean(backend: Backend, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Played:
    kafka = KafkaSettings(kafka_bootstrap_servers=backend.bootstrap, topic_prefix=f"run{secrets.token_hex(4)}-")
    return asyncio.run(_play(kafka, databases, tmp_path_factory.mktemp("run")))


@pytest.fixture
async def played(clean: Played, databases: Databases, tmp_path: Path) -> AsyncGenerator[Played]:
    database = await databases.copy(clean.scene.deployment.database)
    mailbox = Path(shutil.copytree(clean.scene.mailbox, tmp_path / "mailbox"))
    scene = Scene(deployment=clean.scene.deployment.on(database), mailbox=mailbox)
    yield replace(clean, scene=scene, folder=tmp_path)
    await databases.drop(database)


async def _play(kafka: KafkaSettings, databases: Databases, folder: Path) -> Played:
    await create_topics(kafka, Shape(_PARTITION_COUNT))
    database = await databases.create()
    await make_positions(database.owner_url, _PARTITION_COUNT)
    deployment = Deployment(database=database, kafka=kafka, partition_count=_PARTITION_COUNT)
    scene = Scene(deployment=deployment, mailbox=folder / "mailbox")
    with pytest.MonkeyPatch.context() as environment:
        for name, value in REHEARSAL.items():
            environment.setenv(name, value)
        async with linking(deployment, folder):
            lines = await _happen(scene)
    async with scene.connected() as connection:
        await connection.execute(_RECORDED)
        await deliver(connection, scene.mailbox)
    return Played(scene=scene, folder=folder, lines=tuple(lines))


async def _happen(scene: Scene) -> list[Line]:
    """Let filers, an earlier run and this run ask; return this run's manifest."""
    await scene.receive([asked(1), asked(2)])
    await scene.publish([ordinary(1), ordinary(2)])
    await send(scene, (50, 51), run_id=EARLIER)
    lines = await send(scene, (*range(100, 110), SECOND, *range(110, 120), 100, 101))
    await scene.caught_up()
    return lines


def breaches(summary: AuditSummary) -> dict[str, list[str]]:
    """Return the breaches of the run itself by the first words of what they are; those of the promises left out."""
    own = [each for each in summary.breaches if " of the deployment" not in each.what]
    return {each.what: each.ids for each in own}


async def mail_of(played: Played, number: int) -> Path:
    async with played.scene.connected() as connection:
        return played.mail_of(await connection.fetchval(_DELIVERY_OF, asked(number).request_id))


async def test_clean_run_is_clean_beside_other_traffic(played: Played) -> None:
    summary = await played.audit()
    assert (summary.outcome, summary.breaches, summary.unaudited) == ("clean", [], [])
    assert summary.lines[0].startswith("run clean  23 records sent, 21 requests, 21 in the ledger, 21 mails accepted")


@pytest.mark.thorough
async def test_repeats_are_told_and_without_effect(played: Played) -> None:
    remarks = {each.what: each.ids for each in (await played.audit()).remarks}
    assert remarks == {"sent more than once under one id: the later ones without effect": [named(100), named(101)]}


@pytest.mark.thorough
async def test_ids_of_all_findings_are_in_the_file(played: Played) -> None:
    await replace(played, late=frozenset(range(23))).audit()
    written = orjson.loads((played.folder / "audit.json").read_bytes())
    (late,) = [each for each in written["findings"] if each["what"].startswith("late")]
    assert (late["count"], len(late["ids"])) == (21, 21)
    assert written["summary"]["outcome"] == "clean"
    assert [len(each["ids"]) for each in written["summary"]["remarks"] if each["what"].startswith("late")] == [20]


@pytest.mark.thorough
async def test_late_requests_are_named_and_no_breach(played: Played) -> None:
    summary = await replace(played, late=frozenset({7})).audit()
    assert [each.ids for each in summary.remarks if each.what.startswith("late")] == [[named(ALONE)]]
    assert summary.outcome == "clean"


_ROW = f"request_id = '{named(ALONE)}'"
_BOUNCED = f"UPDATE notifier.deliveries SET state = 'bounced' WHERE letter = 'record' AND {_ROW}"  # noqa: S608
_DEFERRED = f"UPDATE notifier.deliveries SET state = 'deferred' WHERE {_ROW}"  # noqa: S608
_SECOND_ROW = f"""
ALTER TABLE linker.ledger DROP CONSTRAINT ledger_request_once;
INSERT INTO linker.ledger SELECT partition, seq + 500, transaction_id + 1500, request_id, request_offset,
       request_digest, request_source, key, headers, value, hash, committed_at FROM linker.ledger WHERE {_ROW}"""  # noqa: S608 - our own constants
_BURIED = f"""
DELETE FROM linker.ledger WHERE {_ROW};
INSERT INTO linker.dead_letters (topic, partition, "offset", kind, detail, headers, request_id)
VALUES ('link-requests-v1', 0, 0, 'bad-proof', '', '[]', '{named(ALONE)}')"""  # noqa: S608
PLANTS = {
    "buried: became dead letters": _BURIED,
    "lost: confirmed by the broker, but neither": f"DELETE FROM linker.ledger WHERE {_ROW}",  # noqa: S608
    "doubled: in the ledger more than once": _SECOND_ROW,
    "doubled: published under another number": f"UPDATE linker.ledger SET headers = '[]' WHERE {_ROW}",  # noqa: S608
    "lost: in the ledger, but its letter was never written": f"DELETE FROM notifier.deliveries WHERE {_ROW}",  # noqa: S608
    "changed: arrived with other bytes": f"UPDATE notifier.deliveries SET message = message || 'x' WHERE {_ROW}",  # noqa: S608
}


@pytest.mark.parametrize("called", one_for_all(PLANTS, plain=next(iter(PLANTS))))
async def test_fault_planted_behind_the_services_is_found_by_id(played: Played, called: str) -> None:
    await played.scene.execute(*PLANTS[called].split(";"))
    summary = await played.audit()
    found = [ids for what, ids in breaches(summary).items() if what.startswith(called)]
    assert (summary.outcome, found) == ("failed", [[named(ALONE)]])


@pytest.mark.thorough
async def test_request_that_the_log_does_not_hold_is_lost(played: Played) -> None:
    found = breaches(await played.and_line(NEVER_SENT).audit())
    assert [what[:30] for what in found] == ["lost: confirmed by the broker,"] * 2
    assert list(found.values()) == [[named(NEVER_SENT)]] * 2


@pytest.mark.thorough
async def test_request_of_another_run_in_its_place_is_lost(played: Played) -> None:
    found = breaches(await played.but(ALONE, offset=0, partition=0).audit())
    assert list(found.values()) == [[named(ALONE)]]


@pytest.mark.thorough
async def test_unconfirmed_request_may_be_missing(played: Played) -> None:
    summary = await played.and_line(NEVER_SENT, acknowledged=False, offset=-1).audit()
    assert summary.outcome == "clean"
    assert "never confirmed by the broker, and not recorded" in {each.what for each in summary.remarks}


@pytest.mark.thorough
async def test_order_of_a_key_in_the_topic_is_that_of_the_sending(played: Played) -> None:
    swapped = played.but(FIRST, index=10).but(SECOND, index=5)
    found = breaches(await swapped.audit())
    assert {what.partition(":")[0] for what in found} == {"reordered"}
    assert list(found.values()) == [[named(FIRST)]] * 2


async def test_order_of_a_key_in_the_ledger_is_that_of_the_sending(played: Played) -> None:
    await played.scene.execute(f"UPDATE linker.ledger SET seq = seq + 900 WHERE request_id = '{named(FIRST)}'")  # noqa: S608
    found = breaches(await played.audit())
    assert found["reordered: in the ledger before an earlier request of its key"] == [named(SECOND)]


@pytest.mark.thorough
async def test_row_that_nobody_sent_is_a_double(played: Played) -> None:
    lines = tuple(line for line in played.lines if line["request_id"] != named(ALONE))
    found = breaches(await replace(played, lines=lines).audit())
    assert found == {"doubled: recorded under this run's name, but not sent by it": [named(ALONE)]}


Alter = Callable[[list[Message]], list[Message]]


def _with_another_number(messages: list[Message]) -> list[Message]:
    """Append the transaction of ALONE once more under a number of its own, as only somebody else could."""
    found = [each for each in messages if named(ALONE).encode() in (each.value or b"")]
    return [*messages, *(each._replace(value=(each.value or b"").replace(b'"seq":', b'"seq":77')) for each in found)]


def _without(messages: list[Message]) -> list[Message]:
    return [each for each in messages if named(ALONE).encode() not in (each.value or b"")]


@pytest.mark.parametrize(
    "alter,called",
    [
        pytest.param(_with_another_number, "doubled: published under another number", id="doubled"),
        pytest.param(_without, "lost: in the ledger, but never published", id="lost"),
    ],
)
async def test_fault_planted_in_the_output_is_found_by_id(
    played: Played, topics: KafkaSettings, alter: Alter, called: str
) -> None:
    scene = await copied_topics(played.scene, topics, topic=LINK_TRANSACTIONS.name, alter=alter)
    found = breaches(await replace(played, scene=scene).audit())
    assert [ids for what, ids in found.items() if what.startswith(called)] == [[named(ALONE)]]


async def test_mail_removed_from_the_mailbox_is_lost(played: Played) -> None:
    (await mail_of(played, ALONE)).unlink()
    summary = await played.audit()
    assert breaches(summary) == {"lost: mail accepted, but not in the mailbox": [named(ALONE)]}
    assert summary.outcome == "failed"


@pytest.mark.thorough
async def test_mail_of_others_is_not_looked_for(played: Played) -> None:
    (await mail_of(played, 1)).unlink()
    (await mail_of(played, 50)).unlink()
    assert (await played.audit()).outcome == "clean"


async def test_second_copy_of_a_mail_is_a_double(played: Played) -> None:
    mail = await mail_of(played, ALONE)
    (mail.parent / "copy").write_bytes(mail.read_bytes())
    found = breaches(await played.audit())
    assert found == {"doubled: more copies in the mailbox than attempts of unknown fate explain": [named(ALONE)]}


@pytest.mark.thorough
async def test_what_is_still_under_way_is_not_proven(played: Played) -> None:
    await played.scene.execute(_DEFERRED)
    summary = await played.audit()
    assert summary.outcome == "unaudited"
    assert [line.partition(":")[0] for line in summary.unaudited] == ["2 letters on their way"]


@pytest.mark.thorough
async def test_run_into_the_ledger_alone_is_not_asked_for_its_mail(played: Played) -> None:
    await played.scene.execute(
        "DELETE FROM notifier.deliveries", "UPDATE notifier.position SET last_seq = 0, next_offset = 0"
    )
    assert (await played.audit(mailed=False)).outcome == "clean"


@pytest.mark.thorough
async def test_bounced_letters_are_told(played: Played) -> None:
    await played.scene.execute(_BOUNCED)
    remarks = {each.what: each.ids for each in (await played.audit()).remarks}
    assert remarks["letters that the mail server refused for good, or that are held"] == [named(ALONE)]


@pytest.mark.thorough
async def test_without_a_database_nothing_is_proven(played: Played) -> None:
    summary = await audit_run(None, Claim(folder=played.folder, run_id=RUN, came=np.ones(1, dtype=np.bool_)))
    assert summary.outcome == "unaudited"
    assert "names no database" in summary.unaudited[0]


async def test_broken_manifest_names_its_line(played: Played) -> None:
    with pytest.raises(Unusable, match="line 1 is not"):
        await played.but(100, digest="none").audit()
