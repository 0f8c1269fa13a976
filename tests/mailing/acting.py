"""Acting as the linker and as a notifier: transactions as the linker publishes them, the app in this process."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import asyncpg

from services.contract.courts import Court, CourtType
from services.contract.envelope import REPLAY_RUN, Source, envelope
from services.contract.ids import link_key, partition_of, transaction_id
from services.contract.noticekeys import NoticeKeys, code_info
from services.contract.notices import FilerNotified, NoticeKind, announcement_id, notice_key
from services.contract.requests import LinkRequested, RequestKind
from services.contract.topics import COURTS, FILER_NOTICES, LINK_TRANSACTIONS, Topic
from services.contract.transactions import LinkTransaction, TransactionStatus
from services.notifier.app import App, serve
from services.notifier.settings import NotifierSettings
from services.runtime.health import Health
from services.runtime.publish import Message, OrderedPublisher
from services.runtime.settings import load
from tests.backends.databases import NOTICE_KEYS
from tests.backends.deployment import Deployment
from tests.backends.smtp import MailServer

MOMENT = datetime(2026, 11, 1, 16, 40, 36, tzinfo=UTC)
UTAH = Court(
    court_id="UTBK",
    title="Utah Bankruptcy Court",
    type=CourtType.BANKRUPTCY,
    district_name="Utah",
    ecf_host="ecf.utb.uscourts.gov",
    timezone="America/Denver",
    help_desk_phone="801-524-6576",
)
_WAIT_S_MAX = 30.0


def request(account: int = 111_111, **changes: object) -> LinkRequested:
    """Return the seed's request, or one of another account."""
    facts: dict[str, Any] = {
        "request_id": uuid5(UUID(int=0), str(account)),
        "request": RequestKind.LINK,
        "court_id": "UTBK",
        "pacer_account": str(account),
        "pacer_name": "Alex Attorney",
        "pacer_email": f"filer{account}@example.org",
        "pacer_upgraded": True,
        "cmecf_login": "atyalex",
        "cmecf_canonical": "atyalex",
        "cmecf_name": "Aty Alex",
        "verifier_version": "own:1",
        "verified_at": MOMENT,
        "confirmed_at": MOMENT,
    }
    return LinkRequested(**(facts | changes))


class Linker:
    """Publishes transactions as the linker does: dense numbers per partition."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._seqs = [0] * deployment.partition_count

    def transaction(self, asked: LinkRequested, **changes: object) -> tuple[int, LinkTransaction]:
        """Return the next transaction for a request, and its partition."""
        count = self._deployment.partition_count
        partition = partition_of(link_key(asked.court_id, asked.pacer_account), count)
        self._seqs[partition] += 1
        seq = self._seqs[partition]
        number = transaction_id(partition=partition, seq=seq, partition_count=count)
        facts: dict[str, Any] = {
            "transaction_id": number,
            "seq": seq,
            "status": TransactionStatus.PROCESSED,
            "request": asked,
        }
        return partition, LinkTransaction(**(facts | changes))

    async def publish(self, *asked: LinkRequested, replay_run: str | None = None) -> list[LinkTransaction]:
        """Publish processed links of these requests, of a replay's run where one is given."""
        made = [self.transaction(each) for each in asked]
        for partition in {partition for partition, _ in made}:
            await put(
                self._deployment,
                LINK_TRANSACTIONS,
                partition,
                [message(each, replay_run=replay_run) for place, each in made if place == partition],
            )
        return [each for _, each in made]


def message(made: LinkTransaction, *, replay_run: str | None = None) -> Message:
    """Return a transaction as the linker publishes it."""
    about = envelope(
        ce_id=str(made.transaction_id),
        ce_type=LINK_TRANSACTIONS.event_type,
        source=Source.LINKER,
        time=made.request.confirmed_at,
    )
    if replay_run is not None:
        about.append((REPLAY_RUN, replay_run.encode()))
    return Message(link_key(made.request.court_id, made.request.pacer_account), made.encode(), about)


def court_live(number: int, **changes: object) -> FilerNotified:
    """Return the go-live notice of one of many filers."""
    facts: dict[str, Any] = {
        "notice_id": announcement_id("UTBK", f"aty{number}"),
        "kind": NoticeKind.COURT_LIVE,
        "recipient_name": "Aty Alex",
        "recipient_email": f"aty{number}@example.org",
        "noted_at": MOMENT,
        "court_id": "UTBK",
        "cmecf_login": f"aty{number}",
        "live_at": MOMENT,
    }
    return FilerNotified(**(facts | changes))


def security_code(code: str, number: int = 1, *, good_s: float = 600, **changes: object) -> FilerNotified:
    """Return the notice of a code, sealed to the notifier of the tests."""
    notice_id = uuid5(UUID(int=0), f"code {number}")
    noted_at = datetime.now(UTC)
    facts: dict[str, Any] = {
        "notice_id": notice_id,
        "kind": NoticeKind.SECURITY_CODE,
        "recipient_name": "Alex Attorney",
        "recipient_email": f"filer{number}@example.org",
        "noted_at": noted_at,
        "pacer_account": f"{1_000_000 + number}",
        "sealed_code": NoticeKeys.parse(NOTICE_KEYS).current.seal(code.encode(), code_info(notice_id)),
        "expires_at": noted_at + timedelta(seconds=good_s),
    }
    return FilerNotified(**(facts | changes))


async def notify(deployment: Deployment, *notices: FilerNotified) -> None:
    """Publish notices as auth does."""
    made = [(partition_of(notice_key(each), deployment.partition_count), each) for each in notices]
    for partition in {partition for partition, _ in made}:
        await put(
            deployment,
            FILER_NOTICES,
            partition,
            [notice_message(each) for place, each in made if place == partition],
        )


def notice_message(made: FilerNotified) -> Message:
    """Return a notice as auth publishes it."""
    about = envelope(
        ce_id=str(made.notice_id), ce_type=FILER_NOTICES.event_type, source=Source.AUTH, time=made.noted_at
    )
    return Message(notice_key(made), made.encode(), about)


async def put(deployment: Deployment, topic: Topic, partition: int, messages: Iterable[Message]) -> None:
    """Publish messages to a partition in order."""
    publisher = OrderedPublisher(deployment.kafka)
    async for _ in publisher.publish(topic.named(deployment.kafka.topic_prefix), partition, list(messages)):
        pass
    await publisher.close()


async def open_court(deployment: Deployment) -> None:
    """Publish the seed's court."""
    await put(deployment, COURTS, 0, [Message(b"UTBK", UTAH.encode(), [])])


def settings(deployment: Deployment, smtp: MailServer, **changes: object) -> NotifierSettings:
    """Return settings of a notifier of this test: quick to try again."""
    given: dict[str, Any] = {
        "smtp_host": smtp.host,
        "smtp_port": smtp.port,
        "smtp_security": "none",
        "mail_from": "Court <noreply@court.example>",
        "retry_delay_s_min": 0.2,
        "retry_delay_s_max": 1.0,
        "instance_id": "test",
    }
    return load(NotifierSettings, **(deployment.settings("notifier") | given | changes))


@asynccontextmanager
async def notifying(chosen: NotifierSettings, health: Health | None = None) -> AsyncGenerator[Health]:
    """Run a notifier in this process for the time of a block."""
    told = health or Health()
    task = asyncio.create_task(serve(chosen, told))
    try:
        yield told
        if task.done():
            task.result()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def eventually[Found](look: Callable[[], Awaitable[Found]], *, wait_s: float = _WAIT_S_MAX) -> Found:
    """Return the first true answer of `look`; fails after a while with the last one."""
    deadline = time.monotonic() + wait_s
    while not (found := await look()):
        assert time.monotonic() < deadline, f"it never came: {found!r}"
        await asyncio.sleep(0.02)
    return found


async def rows(deployment: Deployment, query: str) -> list[dict[str, Any]]:
    """Return the rows of a query, as the owner sees them."""
    connection = await asyncpg.connect(deployment.database.owner_url)
    try:
        return [dict(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def in_state(deployment: Deployment, state: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait until as many deliveries are in a state, and return them."""

    async def look() -> list[dict[str, Any]]:
        found = await rows(deployment, f"SELECT * FROM notifier.deliveries WHERE state = '{state}'")  # noqa: S608
        return found if len(found) >= count else []

    return await eventually(look)


async def attempts(deployment: Deployment) -> list[str | None]:
    """Return the outcomes of all attempts, oldest first."""
    found = await rows(deployment, "SELECT outcome FROM notifier.attempts ORDER BY started_at, number")
    return [row["outcome"] for row in found]


__all__ = [
    "App",
    "Linker",
    "attempts",
    "court_live",
    "eventually",
    "in_state",
    "message",
    "notice_message",
    "notify",
    "notifying",
    "open_court",
    "put",
    "request",
    "rows",
    "security_code",
    "settings",
]
