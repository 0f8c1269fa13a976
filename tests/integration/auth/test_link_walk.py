"""Sign in, prove, confirm: what is committed, once, and what is refused."""

import asyncio

import pytest

from services.auth.portal.pairs import NamesDiffer
from services.auth.portal.ports import CmecfRefused, FormStale, LinkRefused, Session, SignInRefused
from services.contract.transactions import Reason
from tests.integration.auth.conftest import CLIENT, PASSWORD, Auth


async def test_sign_in_commits_its_event_with_the_session(auth: Auth) -> None:
    session = await auth.session()
    assert session.filer.name == "Alex Attorney"
    assert await auth.count("outbox", "topic = 'auth-logins-v1' AND key = 'alexattorney'") == 1


@pytest.mark.parametrize("login,password", [("alexattorney", "wrong"), ("nobody", PASSWORD), ("x\ud800", PASSWORD)])
async def test_wrong_sign_in_writes_nothing(auth: Auth, login: str, password: str) -> None:
    with pytest.raises(SignInRefused):
        await auth.parts.sign_on.sign_in(login, password, client_code="", court_id=None, client=CLIENT)
    assert await auth.count("sessions") + await auth.count("outbox") == 0


async def test_signed_out_session_is_gone(auth: Auth) -> None:
    sign_on = auth.parts.sign_on
    token = await sign_on.sign_in("alexattorney", PASSWORD, client_code="", court_id=None, client=CLIENT)
    await sign_on.sign_out(token)
    assert await sign_on.session(token) is None


async def test_double_click_is_one_request(auth: Auth) -> None:
    session = await auth.session()
    form = await auth.form(session)
    linking, court = auth.parts.linking, auth.court
    answers = await asyncio.gather(*(linking.confirm(session, court, form, client=CLIENT) for _ in range(8)))
    assert len(set(answers)) == 1
    assert await auth.count("attempts") == await auth.count("outbox", "topic = 'link-requests-v1'") == 1


async def test_second_request_is_answered_with_the_open_one(auth: Auth) -> None:
    session = await auth.session()
    forms = [await auth.form(session), await auth.form(session, "other")]
    linking, court = auth.parts.linking, auth.court
    answers = await asyncio.gather(*(linking.confirm(session, court, form, client=CLIENT) for form in forms * 4))
    assert len(set(answers)) == 1
    assert await auth.count("attempts") == 1


async def test_form_of_another_session_is_stale(auth: Auth) -> None:
    form = await auth.form(await auth.session())
    with pytest.raises(FormStale):
        await auth.parts.linking.confirm(await auth.session(), auth.court, form, client=CLIENT)


@pytest.fixture
async def stranger(auth: Auth) -> Session:
    """A filer whose CM/ECF account has the name of somebody else."""
    async with auth.pool.acquire() as connection:
        await connection.execute("UPDATE auth.cmecf_accounts SET name = 'Somebody Else' WHERE login = 'other'")
    return await auth.session()


async def test_names_that_differ_are_committed_with_their_own_acknowledgment(auth: Auth, stranger: Session) -> None:
    pair = await auth.pair(stranger, "other")
    await auth.parts.linking.confirm(
        stranger, auth.court, pair.form_token, client=CLIENT, both_are_me=pair.acknowledgment
    )
    assert await auth.count("attempts", "cmecf_canonical = 'other'") == 1


@pytest.mark.parametrize("tab", ["none", "any", "agreeing", "earlier"])
async def test_no_other_acknowledgment_commits_names_that_differ(auth: Auth, stranger: Session, tab: str) -> None:
    ticked = {"none": "", "any": "yes"}
    ticked["agreeing"] = (await auth.pair(stranger)).acknowledgment
    ticked["earlier"] = (await auth.pair(stranger, "other")).acknowledgment
    pair = await auth.pair(stranger, "other")
    with pytest.raises(NamesDiffer) as differ:
        await auth.parts.linking.confirm(stranger, auth.court, pair.form_token, client=CLIENT, both_are_me=ticked[tab])
    assert differ.value.pair == pair
    assert await auth.count("attempts") == 0


async def test_a_name_that_changed_after_the_question_is_asked_about(auth: Auth) -> None:
    session = await auth.session()
    form = await auth.form(session)
    async with auth.pool.acquire() as connection:
        await connection.execute("UPDATE auth.cmecf_accounts SET name = 'Somebody Else'")
    with pytest.raises(NamesDiffer):
        await auth.parts.linking.confirm(session, auth.court, form, client=CLIENT)


async def test_new_password_makes_an_older_proof_stale(auth: Auth) -> None:
    session = await auth.session()
    form = await auth.form(session)
    async with auth.pool.acquire() as connection:
        await connection.execute("UPDATE auth.cmecf_accounts SET verifier_version = verifier_version + 1")
    with pytest.raises(FormStale):
        await auth.parts.linking.confirm(session, auth.court, form, client=CLIENT)


@pytest.mark.parametrize("login,password", [("atyalex", "wrong"), ("nobody", PASSWORD), ("ATYALEX", PASSWORD)])
async def test_wrong_cmecf_credentials_are_refused(auth: Auth, login: str, password: str) -> None:
    with pytest.raises(CmecfRefused):
        await auth.parts.linking.prove(await auth.session(), auth.court, login, password, client=CLIENT)


async def test_legacy_account_is_told_to_upgrade(auth: Auth) -> None:
    session = await auth.session("lg1234")
    with pytest.raises(LinkRefused) as refused:
        await auth.parts.linking.check(session.filer, auth.court)
    assert refused.value.reason is Reason.PACER_LEGACY


async def test_court_that_is_not_live_refuses(auth: Auth) -> None:
    session, court = await auth.session(), auth.parts.courts.get("UTDC")
    assert court is not None
    with pytest.raises(LinkRefused) as refused:
        await auth.parts.linking.check(session.filer, court)
    assert refused.value.reason is Reason.COURT_NOT_LIVE
