"""Link transactions into auth's tables: links, refusals, unlinks, replays, gaps, garbage."""

import asyncio

import pytest

from services.auth.portal.ports import CmecfRefused, LinkRefused, Standing
from services.contract.transactions import LinkTransaction, Reason
from services.runtime.publish import Message
from tests.backends.deployment import Deployment
from tests.integration.auth.conftest import CLIENT, PASSWORD, Auth
from tests.integration.auth.ledger import Ledger, requested, unlink


@pytest.fixture
def ledger(deployment: Deployment) -> Ledger:
    return Ledger(deployment.kafka, deployment.partition_count)


async def _linked(auth: Auth, ledger: Ledger) -> LinkTransaction:
    link = ledger.record(requested())
    await ledger.publish(link)
    await auth.until("links", f"transaction_id = {link.transaction_id}")
    return link


async def test_link_retires_the_cmecf_credential(auth: Auth, ledger: Ledger) -> None:
    session = await auth.session()
    async with auth.running():
        link = await _linked(auth, ledger)
        with pytest.raises(LinkRefused) as refused:
            await auth.parts.linking.prove(session, auth.court, "atyalex", PASSWORD, client=CLIENT)
    assert refused.value.transaction == link
    assert await auth.parts.linking.history(session.filer, "UTBK") == [link]


async def test_linked_login_proves_nothing_to_another_filer(auth: Auth, ledger: Ledger) -> None:
    async with auth.running():
        link = ledger.record(requested(pacer_account="7999999"))
        await ledger.publish(link)
        await auth.until("links", "pacer_account = '7999999'")
        session = await auth.session()
        with pytest.raises(CmecfRefused):
            await auth.parts.linking.prove(session, auth.court, "atyalex", "wrong", client=CLIENT)
        with pytest.raises(LinkRefused) as refused:
            await auth.parts.linking.prove(session, auth.court, "atyalex", PASSWORD, client=CLIENT)
    assert refused.value.reason is Reason.CMECF_ALREADY_LINKED
    assert refused.value.transaction == link


async def test_filer_stands_at_every_court_where_something_happened(auth: Auth, ledger: Ledger) -> None:
    session = await auth.session()
    filer = session.filer
    async with auth.running():
        assert await auth.parts.linking.standings(filer) == []
        open_request = await auth.parts.linking.confirm(
            session, auth.court, await auth.form(session, "other"), client=CLIENT
        )
        link = await _linked(auth, ledger)
        refused = ledger.record(requested(), reason=Reason.ALREADY_LINKED)
        elsewhere = ledger.record(requested(court_id="UTDC"), reason=Reason.COURT_NOT_LIVE)
        await ledger.publish(refused, elsewhere)
        await auth.until("transactions", "true", count=3)
        standings = await auth.parts.linking.standings(filer)
    assert standings == [
        Standing("UTBK", link, refused, open_request),
        Standing("UTDC", None, elsewhere, None),
    ]


async def test_unlink_makes_the_credential_prove_again(auth: Auth, ledger: Ledger) -> None:
    async with auth.running():
        link = await _linked(auth, ledger)
        await ledger.publish(ledger.record(unlink(link), cites=link.transaction_id))
        await auth.until("links", "true", count=0)
        assert await auth.form(await auth.session())


async def test_refusal_links_nothing(auth: Auth, ledger: Ledger) -> None:
    async with auth.running():
        await ledger.publish(ledger.record(requested(), reason=Reason.PROOF_EXPIRED))
        await auth.until("transactions", "true")
    assert await auth.count("links") == 0


async def test_copies_change_nothing(auth: Auth, ledger: Ledger) -> None:
    link = ledger.record(requested())
    end = ledger.record(unlink(link), cites=link.transaction_id)
    again = ledger.record(requested(login="other"))
    async with auth.running():
        await ledger.publish(link, end, link, again, end, link)
        await auth.until("projection", "topic = 'link-transactions-v1' AND next_offset = 6")
    assert await auth.count("links", f"transaction_id = {again.transaction_id}") == await auth.count("links") == 1


async def test_gap_stops_the_projection_and_is_named(auth: Auth, ledger: Ledger) -> None:
    lost = ledger.record(requested())
    after = ledger.record(requested(login="other"))
    async with auth.running():
        await ledger.publish(after)
        while not auth.health.faults:  # noqa: ASYNC110 - the stop is seen in health alone
            await asyncio.sleep(0.02)
        assert "from seq 0 to 2" in auth.health.faults["projection-link-transactions-v1"]
        assert (await auth.session()).filer.login == "alexattorney", "signing in goes on"
    assert await auth.count("transactions") == 0
    assert lost.seq == 1


async def test_garbage_is_passed_over(auth: Auth, ledger: Ledger) -> None:
    link = ledger.record(requested())
    garbage = [Message(b"k", b"\xff", []), Message(b"k", None, []), Message(b"other", link.encode(), [])]
    async with auth.running():
        await ledger.publish_raw(ledger.partition(link.request), *garbage)
        await _published_and_linked(auth, ledger, link)


async def _published_and_linked(auth: Auth, ledger: Ledger, link: LinkTransaction) -> None:
    await ledger.publish(link)
    await auth.until("links", f"transaction_id = {link.transaction_id}")


async def test_projection_goes_on_where_it_stood(auth: Auth, ledger: Ledger) -> None:
    async with auth.running():
        link = await _linked(auth, ledger)
    async with auth.running():
        await ledger.publish(ledger.record(unlink(link), cites=link.transaction_id))
        await auth.until("links", "true", count=0)


async def test_rebuilt_projection_is_the_same(auth: Auth, ledger: Ledger) -> None:
    async with auth.running():
        link = await _linked(auth, ledger)
    async with auth.pool.acquire() as connection:
        await connection.execute("DELETE FROM auth.links")
        await connection.execute("DELETE FROM auth.transactions")
        await connection.execute("DELETE FROM auth.projection")
    async with auth.running():
        await auth.until("links", f"transaction_id = {link.transaction_id}")


async def test_emptied_topic_is_named(auth: Auth, ledger: Ledger) -> None:
    async with auth.pool.acquire() as connection:
        await connection.execute("INSERT INTO auth.projection VALUES ('link-transactions-v1', 0, 7, 7)")
    async with auth.running():
        while not auth.health.faults:  # noqa: ASYNC110 - the stop is seen in health alone
            await asyncio.sleep(0.02)
    assert "stands at 7" in auth.health.faults["projection-link-transactions-v1"]
    assert ledger.partition_count
