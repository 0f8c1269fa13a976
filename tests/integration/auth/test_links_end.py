"""Ending a link by order of the court: an Unlink request with the link's own facts, once, or a clear no."""

import pytest

from services.contract.requests import LinkRequested, RequestKind
from services.ops.links_end import EndSettings, NotEnded, Order, end
from services.runtime.database import acquired
from services.runtime.settings import load
from tests.backends.deployment import Deployment
from tests.integration.auth.conftest import Auth
from tests.integration.auth.ledger import Ledger, requested

_ORDER = Order("UTBK", "atyalex", "linked in error", "The Clerk")


@pytest.fixture
def settings(auth: Auth, deployment: Deployment) -> EndSettings:
    keys = auth.settings.proof_keys.get_secret_value()
    return load(EndSettings, **deployment.settings("auth"), proof_keys=keys)


async def _linked(auth: Auth, deployment: Deployment) -> None:
    ledger = Ledger(deployment.kafka, deployment.partition_count)
    async with auth.running():
        await ledger.publish(ledger.record(requested()))
        await auth.until("links", "true")


async def test_order_becomes_a_signed_request(auth: Auth, deployment: Deployment, settings: EndSettings) -> None:
    await _linked(auth, deployment)
    request_id = await end(settings, _ORDER)
    async with acquired(auth.pool) as connection:
        value = await connection.fetchval("SELECT value FROM auth.outbox WHERE request_id = $1", request_id)
    request = LinkRequested.model_validate_json(value)
    assert (request.request, request.reason, request.ordered_by) == (RequestKind.UNLINK, "linked in error", "The Clerk")
    assert (request.pacer_account, request.cmecf_canonical) == ("111111", "atyalex")


async def test_second_order_names_the_first(auth: Auth, deployment: Deployment, settings: EndSettings) -> None:
    await _linked(auth, deployment)
    first = await end(settings, _ORDER)
    with pytest.raises(NotEnded, match=str(first)):
        await end(settings, _ORDER)
    assert await auth.count("attempts") == 1


@pytest.mark.parametrize("order", [Order("UTBK", "nobody", "x", "y"), Order("ZZZZ", "atyalex", "x", "y")])
async def test_what_is_not_linked_is_told(settings: EndSettings, order: Order) -> None:
    with pytest.raises(NotEnded, match="is linked at"):
        await end(settings, order)


async def test_reason_without_words_is_refused(auth: Auth, deployment: Deployment, settings: EndSettings) -> None:
    await _linked(auth, deployment)
    with pytest.raises(NotEnded, match="reason"):
        await end(settings, Order("UTBK", "atyalex", "", "The Clerk"))
    assert await auth.count("attempts") == 0
