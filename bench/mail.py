"""`mail`: 50,000 transactions through the notifier to a local smtp-sink, with the full ledger of deliveries.

Beside it, in the same run and to the same sink: `aiosmtplib.send()` per mail, which builds a message and opens a
connection each time.
"""

import asyncio
from email.message import EmailMessage
from typing import Final

import aiosmtplib
import asyncpg

from bench.backlog import fill, requests
from bench.closing import REST_S_MAX, audited
from bench.figures import Figure
from bench.sink import MAIL_FROM, provide, sinking
from bench.stage import KEY_ID, Stage, role, stage
from bench.usage import using
from services.contract.proof import KeyRing
from services.ops.registry import packaged, publish

COUNT: Final = 50_000
PROCESS_COUNT: Final = 2
PLAIN_COUNT: Final = 2_000
PLAIN_CONCURRENCY: Final = 4
_DONE_S_MAX: Final = 180.0
_POLL_S: Final = 0.25
_RECORDED: Final = "SELECT coalesce(sum(published_seq), 0)::bigint FROM linker.position"
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
            await _until(made, _RECORDED, COUNT)
        async with role(made, "notifier", "--processes", str(PROCESS_COUNT), **settings):
            with using() as usage:
                rate = await _speed(made)
            await audited(made, sent=sent, rest_s=REST_S_MAX)
        plain_rate = await _one_by_one(int(settings["SMTP_PORT"]))
    print(f"mail: {rate:,.0f} mails/s with {PROCESS_COUNT} notifier processes; cores: {usage}")
    beside = f"aiosmtplib.send() per mail, {PLAIN_CONCURRENCY} at a time: {plain_rate:,.0f}/s"
    return [Figure("mail", rate, "mails/s", beside, rate / plain_rate)]


async def _speed(made: Stage) -> float:
    await _until(made, _ACCEPTED, COUNT)
    connection = await asyncpg.connect(made.owner_url)
    try:
        speed: float = await connection.fetchval(_SPEED)
        return speed
    finally:
        await connection.close()


async def _until(made: Stage, query: str, count: int) -> None:
    """Wait until a query counts so many."""
    connection = await asyncpg.connect(made.owner_url)
    found = 0
    try:
        async with asyncio.timeout(_DONE_S_MAX):
            while (found := await connection.fetchval(query)) < count:
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise RuntimeError(f"{found:,} of {count:,} after {_DONE_S_MAX:g} s: {query}") from None
    finally:
        await connection.close()


async def _one_by_one(port: int) -> float:
    """Return mails per second of `aiosmtplib.send()`, each with a message and a connection of its own."""
    gate = asyncio.Semaphore(PLAIN_CONCURRENCY)

    async def send(number: int) -> None:
        async with gate:
            await aiosmtplib.send(_message(number), hostname="127.0.0.1", port=port, start_tls=False)

    loop = asyncio.get_running_loop()
    started = loop.time()
    async with asyncio.TaskGroup() as tasks:
        for number in range(PLAIN_COUNT):
            tasks.create_task(send(number))
    return PLAIN_COUNT / (loop.time() - started)


def _message(number: int) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = MAIL_FROM, f"filer{number}@example.org"
    message["Subject"] = "NextGen CM/ECF account: Link Processed"
    message.set_content("This email is notification.\n" * 10)
    message.add_alternative("<p>This email is notification.</p>\n" * 10, subtype="html")
    return message
