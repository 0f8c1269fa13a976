"""The outbox on a real broker: order, the answer that deletes a row, trouble of the broker, and one relay at a time."""

import asyncio
from dataclasses import replace
from uuid import UUID

import orjson
import pytest

from services.auth.outbox import rows
from services.auth.outbox.rows import Row
from services.auth.portal.ports import SignInRefused
from services.contract.envelope import PROOF, REPLAY_RUN, single
from services.contract.logins import LoginAttempted, LoginOutcome
from services.contract.requests import LinkRequested
from services.contract.topics import AUTH_LOGINS, LINK_REQUESTS
from services.runtime.database import acquired
from services.runtime.kafka import BATCH_BYTES_MAX
from services.runtime.read import Record
from tests.backends.deployment import Deployment
from tests.backends.servers import Server
from tests.integration.auth.conftest import CLIENT, Auth, joined
from tests.integration.auth.ledger import Ledger, records_of

_UNPUBLISHED = "published_at IS NULL AND parked_at IS NULL"


async def _confirmed(auth: Auth) -> UUID:
    session = await auth.session()
    return await auth.parts.linking.confirm(session, auth.court, await auth.form(session), client=CLIENT)


async def test_request_goes_out_signed_and_stays_until_answered(auth: Auth, deployment: Deployment) -> None:
    async with auth.running():
        request_id = await _confirmed(auth)
        await auth.until("outbox", "published_at IS NOT NULL")
        (record,) = await records_of(deployment.kafka, LINK_REQUESTS, deployment.partition_count)
        headers = single(record.headers)
        assert record.value is not None
        assert auth.settings.key_ring.verifies(headers[PROOF] or b"", record.value)
        assert headers["ce_id"] == str(request_id).encode()
        ledger = Ledger(deployment.kafka, deployment.partition_count)
        link = ledger.record(LinkRequested.model_validate_json(record.value))
        await ledger.publish(link)
        filer = (await auth.session()).filer
        outcome = await auth.parts.linking.outcome(filer, request_id, wait_s=20)
        assert outcome is not None
        assert outcome.transaction == link
        assert await auth.count("outbox", "request_id IS NOT NULL") == 0
        assert await auth.count("attempts", f"state = 'recorded' AND transaction_id = {link.transaction_id}") == 1


@pytest.mark.parametrize("run", ["run-1", None], ids=["replay", "filer"])
async def test_request_of_a_replay_goes_out_marked(auth: Auth, deployment: Deployment, run: str | None) -> None:
    async with auth.running():
        session = await auth.session()
        client = replace(CLIENT, replay_run=run)
        await auth.parts.linking.confirm(session, auth.court, await auth.form(session), client=client)
        await auth.until("outbox", "published_at IS NOT NULL")
    (record,) = await records_of(deployment.kafka, LINK_REQUESTS, deployment.partition_count)
    assert single(record.headers).get(REPLAY_RUN) == (run.encode() if run else None)


async def test_outcome_of_somebody_else_is_not_told(auth: Auth) -> None:
    request_id = await _confirmed(auth)
    other = (await auth.session("lg1234")).filer
    assert await auth.parts.linking.outcome(other, request_id, wait_s=0) is None


async def test_order_per_key_is_that_of_the_rows(auth: Auth, deployment: Deployment) -> None:
    expected: dict[bytes, list[bytes]] = {}
    async with acquired(auth.pool) as connection, connection.transaction():
        for number in range(300):
            key, value = f"account-{number % 7}".encode(), str(number).encode()
            await rows.insert(connection, Row(AUTH_LOGINS, key, [], value))
            expected.setdefault(key, []).append(value)
    async with auth.running():
        await auth.until("outbox", "true", count=0)
    found: dict[bytes, list[bytes]] = {}
    for record in await records_of(deployment.kafka, AUTH_LOGINS, deployment.partition_count):
        assert record.key is not None
        assert record.value is not None
        found.setdefault(record.key, []).append(record.value)
    assert found == expected


async def test_row_that_the_broker_refuses_is_parked_alone(auth: Auth, deployment: Deployment) -> None:
    values = [b"1", b"x" * (3 * BATCH_BYTES_MAX), b"3"]
    async with acquired(auth.pool) as connection, connection.transaction():
        for value in values:
            await rows.insert(connection, Row(AUTH_LOGINS, b"k", [], value))
    async with auth.running():
        await auth.until("outbox", "parked_at IS NOT NULL")
        await auth.until("outbox", _UNPUBLISHED, count=0)
    found = await records_of(deployment.kafka, AUTH_LOGINS, deployment.partition_count)
    assert [record.value for record in found] == [b"1", b"3"]


async def test_two_processes_relay_one_row_once(auth: Auth, deployment: Deployment) -> None:
    async with joined(deployment) as second, auth.running(), second.running():
        for _ in range(5):
            await auth.session()
            await second.session()
        await auth.until("outbox", "true", count=0)
    assert len(await records_of(deployment.kafka, AUTH_LOGINS, deployment.partition_count)) == 10


async def test_republish_sends_the_same_bytes_again(auth: Auth, deployment: Deployment) -> None:
    async with auth.running():
        request_id = await _confirmed(auth)
        await auth.until("outbox", "published_at IS NOT NULL")
        async with acquired(auth.pool) as connection:
            assert await rows.republish(connection) == [request_id]
        await auth.until("outbox", "published_at IS NOT NULL")
    first, second = await records_of(deployment.kafka, LINK_REQUESTS, deployment.partition_count)
    assert (first.key, first.value, first.headers) == (second.key, second.value, second.headers)


async def test_failed_sign_ins_are_told_without_the_name(auth: Auth, deployment: Deployment) -> None:
    async with auth.running():
        for login in ("alexattorney", "a-stranger"):
            with pytest.raises(SignInRefused):
                await auth.parts.sign_on.sign_in(login, "wrong", client_code="", court_id="UTBK", client=CLIENT)
        found: list[Record] = []
        while len(found) < 2:
            found = await records_of(deployment.kafka, AUTH_LOGINS, deployment.partition_count)
    told = [LoginAttempted.model_validate_json(record.value or b"") for record in found]
    assert {attempt.outcome for attempt in told} == {LoginOutcome.FAILED}
    assert {attempt.address_prefix for attempt in told} == {"192.0.2.0/24"}
    assert b"a-stranger" not in b"".join(
        orjson.dumps([record.value, record.key], default=bytes.decode) for record in found
    )


@pytest.mark.faults
async def test_filers_are_served_while_the_broker_is_down(
    auth: Auth, deployment: Deployment, kafka_server: Server
) -> None:
    async with auth.running():
        await auth.session()
        await auth.until("outbox", "true", count=0)
        kafka_server.stop()
        try:
            request_id = await _confirmed(auth)
            filer = (await auth.session()).filer
            outcome = await auth.parts.linking.outcome(filer, request_id, wait_s=0.1)
            assert outcome is not None
            assert outcome.transaction is None
            while "kafka" not in auth.health.faults:  # noqa: ASYNC110 - said in health alone
                await asyncio.sleep(0.1)
            assert not auth.health.reasons, "degraded, still ready"
        finally:
            kafka_server.resume()
        await auth.until("outbox", _UNPUBLISHED, count=0)
        (record,) = await records_of(deployment.kafka, LINK_REQUESTS, deployment.partition_count)
        ledger = Ledger(deployment.kafka, deployment.partition_count)
        await ledger.publish(ledger.record(LinkRequested.model_validate_json(record.value or b"")))
        outcome = await auth.parts.linking.outcome(filer, request_id, wait_s=30)
        assert outcome is not None
        assert outcome.transaction is not None
