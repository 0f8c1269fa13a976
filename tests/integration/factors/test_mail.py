"""The security code on its whole way: page, outbox, Kafka, notifier, mail server; and after that nowhere in clear."""

import asyncio
import email
import re
import time
from email import policy

import asyncpg
import pyotp
import pytest

from services.contract.topics import TOPICS
from services.ops.demo.browser import Browser, client
from services.ops.demo.people import SEED_LOGIN, people
from services.runtime.read import reading
from tests.system import System

ARRIVAL_S_MAX = 60.0
CODE = "security code: ([0-9]{8})"
_TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('auth', 'linker', 'notifier')"""


@pytest.mark.timeout(240)  # three roles start, and mails travel
def test_mailed_code_enrols_an_app_and_stays_nowhere(system: System) -> None:
    person = people()[SEED_LOGIN]
    with client(system.url) as http:
        browser = Browser(http, "/UTBK/sign-in")
        browser.submit("Login", {"username": person.pacer_login, "password": person.pacer_password})
        browser.open("/UTBK/utilities/second-factor/code?for=app")
        browser.submit("Send the code")
        code = mailed(system, CODE)[1]
        browser.submit("Continue", {"code": code})
        seed = browser.page.facts["Key"].replace(" ", "")
        browser.submit("Add the app", {"label": "my phone", "otp": pyotp.TOTP(seed).now()})
        browser.expect("The app was added")
    mailed(system, "Name of the method: my phone")
    kept = asyncio.run(everything(system))
    assert SEED_LOGIN.encode() in kept, "the search finds what is there"
    for secret in (code, seed):
        for form in (secret, secret.encode().hex()):
            assert form.encode() not in kept


def mailed(system: System, pattern: str) -> re.Match[str]:
    """Wait for the mail whose text holds this; others, such as announcements, may come before."""
    until = time.monotonic() + ARRIVAL_S_MAX
    while time.monotonic() < until:
        for raw in system.smtp.messages:
            body = email.message_from_bytes(raw, policy=policy.default).get_body(("plain",))
            if body is not None and (found := re.search(pattern, body.get_content())):
                return found
        time.sleep(0.2)
    raise AssertionError(f"no mail with {pattern} after {ARRIVAL_S_MAX} s")


async def everything(system: System) -> bytes:
    """Return all records, rows and log lines; the mails that are done are erased in the notifier's table."""
    parts = [path.read_bytes() for path in system.folder.glob("*.log")]
    connection = await asyncpg.connect(system.deployment.database.owner_url)
    try:
        for (table,) in await connection.fetch(_TABLES):
            parts += [repr(tuple(row)).encode() for row in await connection.fetch(f"SELECT * FROM {table}")]  # noqa: S608
            parts += [str(row[0]).encode() for row in await connection.fetch(f"SELECT t::text FROM {table} AS t")]  # noqa: S608
    finally:
        await connection.close()
    kafka = system.deployment.kafka
    for topic in TOPICS:
        for partition in range(system.deployment.partition_count):
            async with reading(kafka, topic.named(kafka.topic_prefix), partition) as reader:
                async for batch in reader.until((await reader.bounds()).end):
                    for record in batch:
                        parts += [record.key or b"", record.value or b"", repr(record.headers).encode()]
    return b"\n".join(parts)
