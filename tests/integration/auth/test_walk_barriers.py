"""The link walk's reasons: told after both passwords, by kind and state of either account; and where a filer stands."""

import pytest

from services.auth.portal.ports import Barrier, CmecfRefused, LinkRefused, Session, Throttled
from services.contract.transactions import Reason
from services.runtime.database import acquired
from tests.integration.auth.conftest import CLIENT, PASSWORD, Auth
from tests.integration.auth.people import bring_in


@pytest.fixture(autouse=True)
async def people(auth: Auth) -> None:
    await bring_in(auth.pool)


@pytest.mark.parametrize(
    "login,reason",
    [("shared", Barrier.PACER_SHARED), ("paa", Barrier.PACER_IS_PAA), ("legacy", Reason.PACER_LEGACY)],
)
async def test_pacer_account_that_cannot_link(auth: Auth, login: str, reason: Barrier | Reason) -> None:
    session = await auth.session(login)
    with pytest.raises(LinkRefused) as refused:
        await auth.form(session)
    assert refused.value.reason is reason


@pytest.mark.parametrize("login", ["inactive", "exempt"])
async def test_pacer_account_that_can(auth: Auth, login: str) -> None:
    assert await auth.form(await auth.session(login))


async def test_disabled_while_signed_in_cannot_confirm(auth: Auth) -> None:
    session = await auth.session("individual")
    form = await auth.form(session)
    async with acquired(auth.pool) as connection:
        await connection.execute("UPDATE auth.pacer_accounts SET status = 'disabled' WHERE login = 'individual'")
    (again,) = await auth.parts.sign_on.sessions_of(session.filer)
    with pytest.raises(LinkRefused) as refused:
        await auth.parts.linking.confirm(again, auth.court, form, client=CLIENT)
    assert refused.value.reason is Barrier.PACER_DISABLED
    assert await auth.count("attempts") == 0


async def _prove(auth: Auth, session: Session, login: str, password: str = PASSWORD) -> None:
    await auth.parts.linking.prove(session, auth.court, login, password, client=CLIENT)


async def test_disabled_cmecf_login_is_told_after_its_password_alone(auth: Auth) -> None:
    session = await auth.session()
    with pytest.raises(CmecfRefused):
        await _prove(auth, session, "disabled", "wrong")
    with pytest.raises(LinkRefused) as refused:
        await _prove(auth, session, "disabled")
    assert refused.value.reason is Barrier.CMECF_DISABLED
    assert await auth.count("outbox", "topic = 'auth-logins-v1'") == 1


async def test_wrong_tries_slow_who_is_signed_in_and_nobody_else(auth: Auth) -> None:
    guesser, owner = await auth.session("individual"), await auth.session()
    for _ in range(5):
        with pytest.raises(CmecfRefused):
            await _prove(auth, guesser, "atyalex", "wrong")
    with pytest.raises(Throttled):
        await _prove(auth, guesser, "atyalex")
    with pytest.raises(Throttled):
        await _prove(auth, guesser, "other")
    await _prove(auth, owner, "atyalex")
    assert (await auth.session("individual")).filer.login == "individual"
