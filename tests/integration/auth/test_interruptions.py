"""Postgres away and back, and two processes of auth on one database: nothing is lost, nobody waits for ever."""

import asyncio

import pytest

from services.auth.portal.ports import Busy, Throttled
from services.contract.logins import LoginAttempted, LoginOutcome
from services.contract.requests import LinkRequested
from services.contract.topics import AUTH_LOGINS, LINK_REQUESTS
from services.runtime.faults import Transient
from tests.backends.deployment import Deployment
from tests.backends.servers import Server
from tests.integration.auth.conftest import CLIENT, Auth, joined
from tests.integration.auth.ledger import Ledger, records_of


async def _confirmed_and_recorded(auth: Auth, by: Auth, deployment: Deployment) -> bool:
    session = await auth.session()
    request_id = await auth.parts.linking.confirm(session, auth.court, await auth.form(session), client=CLIENT)
    await auth.until("outbox", "request_id IS NOT NULL AND published_at IS NOT NULL")
    (record,) = await records_of(deployment.kafka, LINK_REQUESTS, deployment.partition_count)
    ledger = Ledger(deployment.kafka, deployment.partition_count)
    await ledger.publish(ledger.record(LinkRequested.model_validate_json(record.value or b"")))
    outcome = await by.parts.linking.outcome(session.filer, request_id, wait_s=30)
    return outcome is not None and outcome.transaction is not None


async def test_page_of_one_process_sees_what_another_projects(auth: Auth, deployment: Deployment) -> None:
    async with auth.running(), joined(deployment) as second, second.running():
        assert await _confirmed_and_recorded(auth, second, deployment)


async def _signs_in(auth: Auth) -> bool:
    try:
        await auth.session()
    except Transient:
        return False
    return True


@pytest.mark.faults
async def test_all_goes_on_after_postgres_was_away(auth: Auth, deployment: Deployment, postgres_server: Server) -> None:
    async with auth.running():
        await auth.session()
        postgres_server.kill()
        try:
            with pytest.raises(Transient):
                await auth.session()
        finally:
            postgres_server.resume()
        while not await _signs_in(auth):
            pass
        assert await _confirmed_and_recorded(auth, auth, deployment)


@pytest.mark.parametrize(
    "names,trouble,outcome",
    [
        ([f"nobody-{number}" for number in range(90)], Busy, LoginOutcome.SHED),
        (["nobody"] * 90, Throttled, LoginOutcome.THROTTLED),
    ],
)
async def test_rush_is_turned_away_and_told_summed_up(
    auth: Auth, deployment: Deployment, names: list[str], trouble: type[Busy], outcome: LoginOutcome
) -> None:
    sign_in = auth.parts.sign_on.sign_in
    tries = [sign_in(name, "wrong", client_code="", court_id=None, client=CLIENT) for name in names]
    async with auth.running():
        answers = await asyncio.gather(*tries, return_exceptions=True)
        turned_away = sum(type(answer) is trouble for answer in answers)
        assert 0 < turned_away < len(answers)
        told: list[LoginAttempted] = []
        while sum(event.attempts for event in told) < len(answers):
            found = await records_of(deployment.kafka, AUTH_LOGINS, deployment.partition_count)
            told = [LoginAttempted.model_validate_json(record.value or b"") for record in found]
    assert sum(event.attempts for event in told if event.outcome is outcome) == turned_away
