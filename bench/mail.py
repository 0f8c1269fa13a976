"""`mail`: 50,000 transactions through the notifier to a local smtp-sink, with the full ledger of deliveries.

Beside it, in the same run and to the same sink: `aiosmtplib.send()` per mail, which builds a message and opens a
connection each time; one after the other, as that loop is written, and several at a time.
"""

import asyncio
from email.message import EmailMessage
from typing import Final

import aiosmtplib
import asyncpg
from aiokafka import TopicPartition

from bench.backlog import fill, requests
from bench.closing import REST_S_MAX, audited
from bench.figures import Figure
from bench.sink import MAIL_FROM, provide, sinking
from bench.stage import KEY_ID, PARTITION_COUNT, Stage, role, stage
from bench.usage import using
from services.contract.proof import KeyRing
from services.contract.topics import LINK_TRANSACTIONS
from services.ops.registry import packaged, publish
from services.ops.stack.ports import LOOPBACK
from services.runtime.kafka import consumer

COUNT: Final = 50_000
PROCESS_COUNT: Final = 2
PLAIN_COUNT: Final = 2_000
PLAIN_CONCURRENCY: Final = 4
_DONE_S_MAX: Final = 180.0
_POLL_S: Final = 0.25
_ACCEPTED: Final = "SELECT count(*) FROM notifier.deliveries WHERE state = 'accepted'"
# From the first letter taken in to the last one accepted, by the database's clock.
_SPEED: Final = """
SELECT count(*) / extract(epoch FROM max(changed_at) - min(created_at))::float8 FROM notifier.deliveries"""


async def run() -> list[Figure]:
    """Measure, audit, and return the figure. Raises Missing without smtp-sink."""
    program = provide()
    async with stage() as made, sinking(program) as settings:
        sent = made.folder / "sent.jsonl"
        await fill(made, requests(COUNT, KeyRing.parse(f"{KEY_ID}:{made.proof_key}")), manifest=sent)
        await publish(made.kafka, packaged().values())
        async with role(made, "linker", "--processes", str(PROCESS_COUNT)):
            await _published(made)
        async with role(made, "notifier", "--processes", str(PROCESS_COUNT), **settings):
            with using() as usage:
                rate = await _speed(made)
            await audited(made, sent=sent, rest_s=REST_S_MAX)
        port = int(settings["SMTP_PORT"])
        plain, several = await _plain(port, at_a_time=1), await _plain(port, at_a_time=PLAIN_CONCURRENCY)
    print(f"mail: {rate:,.0f} mails/s with {PROCESS_COUNT} notifier processes; cores: {usage}")
    beside = f"aiosmtplib.send() per mail: {plain:,.0f}/s; {PLAIN_CONCURRENCY} at a time: {several:,.0f}/s"
    return [Figure("mail", rate, "mails/s", beside, rate / plain)]


async def _published(made: Stage) -> None:
    """Wait until every transaction is in the topic that the notifier reads."""
    places = [TopicPartition(LINK_TRANSACTIONS.name, number) for number in range(PARTITION_COUNT)]
    client = consumer(made.kafka)
    await client.start()
    try:
        async with asyncio.timeout(_DONE_S_MAX):
            while sum((await client.end_offsets(places)).values()) < COUNT:
                await asyncio.sleep(_POLL_S)
    finally:
        await client.stop()


async def _speed(made: Stage) -> float:
    """Return letters per second, once all are accepted."""
    connection = await asyncpg.connect(made.owner_url)
    try:
        async with asyncio.timeout(_DONE_S_MAX):
            while await connection.fetchval(_ACCEPTED) < COUNT:
                await asyncio.sleep(_POLL_S)
        speed: float = await connection.fetchval(_SPEED)
        return speed
    finally:
        await connection.close()


async def _plain(port: int, *, at_a_time: int) -> float:
    """Return mails per second of `aiosmtplib.send()`, each with a message and a connection of its own."""
    loop = asyncio.get_running_loop()
    numbers = iter(range(PLAIN_COUNT))

    async def send() -> None:
        for number in numbers:
            await aiosmtplib.send(_message(number), hostname=LOOPBACK, port=port, start_tls=False)

    started = loop.time()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(at_a_time):
            tasks.create_task(send())
    return PLAIN_COUNT / (loop.time() - started)


def _message(number: int) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = MAIL_FROM, f"filer{number}@example.org"
    message["Subject"] = "NextGen CM/ECF account: Link Processed"
    message.set_content("This email is notification.\n" * 10)
    message.add_alternative("<p>This email is notification.</p>\n" * 10, subtype="html")
    return message
