"""A recording played through the pages of a whole system: walks, copies, wrong passwords, refusals, and their mail."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import orjson
import pytest
from starlette.responses import PlainTextResponse

from services.auth.portal.replays import Replays
from services.contract.proof import KeyRing
from services.contract.topics import AUTH_LOGINS, LINK_REQUESTS, LINK_TRANSACTIONS, Topic
from services.ops.stack.embedded import PEOPLE_PATH
from services.replay.front_door.agenda import Agenda
from services.replay.front_door.manifest import write_walked
from services.replay.front_door.people import load_people
from services.replay.front_door.player import Door, FrontDoorPlayer
from services.replay.front_door.timings import WalkTimings
from services.replay.front_door.walked import Book
from services.replay.measure.observing import observing
from services.replay.measure.stages import Stage
from services.replay.plan.spooled import Ready
from services.replay.run.pacing import Timeline
from services.replay.run.players import Share
from services.replay.run.sent import Sent
from services.runtime.faults import Transient
from services.runtime.process import serving
from services.runtime.read import Record, reading
from tests.backends.deployment import Deployment
from tests.backends.smtp import MailServer
from tests.linking.requests import REHEARSAL_KEYS, requested
from tests.system import System

RING = KeyRing.parse(REHEARSAL_KEYS)
MARK: list[tuple[str, bytes | None]] = [("replayrun", b"run-1")]
PLAY_S_MAX = 60.0


def asked(index: int, number: int, account: str, login: str) -> Ready:
    """Return the record of a demo person's link."""
    changes = {"pacer_account": account, "cmecf_login": login, "cmecf_canonical": login}
    return (index, LINK_REQUESTS.name, 0, 0, b"", requested(number, **changes).encode(), MARK)


def missed(index: int, account: str, credential: str) -> Ready:
    """Return the record of a wrong password."""
    facts = {"account": account, "court_id": "UTBK", "credential": credential, "outcome": "failed"}
    return (index, AUTH_LOGINS.name, 0, 0, b"", orjson.dumps(facts), MARK)


RECORDING: list[Ready] = [
    missed(0, "alexattorney", "pacer"),
    missed(1, "UTBK:atyalex", "cmecf"),
    asked(2, 1, "111111", "atyalex"),
    asked(3, 1, "111111", "atyalex"),
    asked(4, 2, "7123456", "atylee"),
    asked(5, 3, "7654321", "trsam"),
    asked(6, 2, "7123456", "atylee"),
]
WALKS = (2, 5)
LEGACY = 4
COPY_OF = {3: 2, 6: 4}


@asynccontextmanager
async def rehearsing(
    deployment: Deployment, smtp: MailServer, sink: MailServer, folder: Path
) -> AsyncGenerator[System]:
    """Run the whole system in rehearsal mode, beside this test's loop."""
    more = {
        "REHEARSAL": "true",
        "REHEARSAL_KEYS": REHEARSAL_KEYS,
        "SINK_SMTP_HOST": sink.host,
        "SINK_SMTP_PORT": str(sink.port),
    }
    system = System(deployment=deployment, smtp=smtp, folder=folder, more=more)
    await asyncio.to_thread(system.__enter__)
    try:
        yield system
    finally:
        await asyncio.to_thread(system.stop)


def player(url: str, records: Sequence[Ready], folder: Path) -> tuple[FrontDoorPlayer, Sent]:
    sent = Sent(np.arange(len(records), dtype=np.uint32))
    share = Share(records, Timeline(np.zeros(len(records))), sent)
    agenda = Agenda(load_people(PEOPLE_PATH), records)
    return FrontDoorPlayer(share, agenda, Door(url, RING), Book(folder, 0)), sent


async def play(url: str, records: Sequence[Ready], folder: Path) -> Sent:
    """Play records at once, until each is answered."""
    one, sent = player(url, records, folder)
    await one.start()
    one.begin(time.time())
    async with asyncio.timeout(PLAY_S_MAX):
        while not one.over or sent.outstanding:  # noqa: ASYNC110 - walks have no common end to wait for
            await asyncio.sleep(0.02)
    await one.close()
    return sent


async def records_of(deployment: Deployment, topic: Topic) -> list[Record]:
    found: list[Record] = []
    for partition in range(deployment.partition_count):
        async with reading(deployment.kafka, topic.named(deployment.kafka.topic_prefix), partition) as reader:
            async for records in reader.until((await reader.bounds()).end):
                found += records
    return found


async def test_walks_through_the_front_door_are_measured_to_the_sink(
    deployment: Deployment, smtp: MailServer, sink: MailServer, tmp_path: Path
) -> None:
    ids = np.arange(101, 101 + len(RECORDING), dtype=np.uint64)
    ids[list(COPY_OF)] = ids[list(COPY_OF.values())]
    ids[:2] = 0
    timings = WalkTimings(np.zeros(len(RECORDING)), ids, tmp_path)
    async with rehearsing(deployment, smtp, sink, tmp_path) as system, observing(deployment.kafka, timings):
        timings.begin(time.time())
        sent = await play(system.url, RECORDING, tmp_path)
        timings.handed[:] = sent.handed_s
        async with asyncio.timeout(PLAY_S_MAX):
            while timings.awaited(Stage.MAILED):  # noqa: ASYNC110 - the observers have no event to wait for
                await asyncio.sleep(0.05)
        transactions = await records_of(deployment, LINK_TRANSACTIONS)
        logins = [orjson.loads(each.value or b"") for each in await records_of(deployment, AUTH_LOGINS)]
    assert (sent.acknowledged, sent.failed) == (len(RECORDING), 0)
    assert not np.isnan(timings.at[Stage.MAILED][list(WALKS)]).any()
    assert not timings.tracked[LEGACY]
    assert [dict(each.headers)["replayrun"] for each in transactions] == [b"run-1"] * len(WALKS)
    assert sorted(each["credential"] for each in logins if each["outcome"] == "failed") == ["cmecf", "pacer"]
    assert (smtp.messages, len(sink.messages) >= len(WALKS)) == ([], True)
    lines = [orjson.loads(line) for line in write_walked(tmp_path).read_bytes().splitlines()]
    assert [(line["index"], line["acknowledged"]) for line in lines] == [(index, True) for index in WALKS]


@pytest.mark.parametrize(
    "ring,told",
    [(None, "REHEARSAL is off here"), (KeyRing({"other": bytes(32)}), "not signed with a key")],
    ids=["off", "another-key"],
)
async def test_front_door_that_takes_no_replay_is_told_before_the_first_walk(
    tmp_path: Path, ring: KeyRing | None, told: str
) -> None:
    pages = Replays(PlainTextResponse("pages"), ring)
    async with serving(pages, host="127.0.0.1", port=0) as port:
        one, sent = player(f"http://127.0.0.1:{port}", RECORDING, tmp_path)
        with pytest.raises(Transient, match=told):
            await one.start()
        await one.close()
    assert sent.handed == 0
