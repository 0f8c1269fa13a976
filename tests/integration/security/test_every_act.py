"""One filer's long walk writes every security act that there is: none is a name alone."""

import asyncio
import re

import httpx
import pyotp
from passlib.hash import bcrypt

from services.auth.security.acts import Act
from services.ops.account_edit import edit
from services.ops.account_import import write
from services.ops.account_rows import CmecfRow, PacerRow
from services.ops.account_wishes import Order, Wish
from services.runtime.database import acquired
from tests.backends.databases import Database
from tests.integration.factors.conftest import ACCOUNT, PASSWORD, Filer, Site, joined

MANAGE = "/UTBK/utilities/second-factor"
_PEOPLE = (
    PacerRow(
        kind="pacer", account_number=ACCOUNT, login="alexattorney", password=PASSWORD, name="Alex Attorney",
        email="alex@example.org", upgraded=True,
    ),
    CmecfRow(kind="cmecf", court_id="UTBK", login="atyalex", password=PASSWORD, name="Aty Alex"),
)  # fmt: skip


async def test_every_act_is_written_where_it_happens(database: Database) -> None:
    async with joined(database, factor_policy="prompted") as site:
        async with acquired(site.pool) as connection:
            old = bcrypt.using(rounds=4).hash(PASSWORD)
            await write(connection, _PEOPLE, [ACCOUNT, "UTBK:atyalex"], [old] * 2, {})
        filer = site.filer()
        await _enter(site, filer)
        await _link(filer)
        await _prove_again_and_end_others(site, filer)
        await _use_program(site, filer.seeds[-1])
        await _remove_and_leave(filer)
        await _edit(site)
        found = await site.value("SELECT array_agg(DISTINCT act) FROM auth.security_acts")
    assert isinstance(found, list)
    assert set(found) == {act.value for act in Act}


async def _enter(site: Site, filer: Filer) -> None:
    """Sign in with an old hash, put the second factor off, take note of the redaction rules, then enrol after all."""
    rehash = site.joint.sign_on.check.rehash
    assert rehash is not None
    rehashing = asyncio.create_task(rehash.run())
    await filer.sign_in()
    while not await site.value("SELECT count(*) FROM auth.security_acts WHERE act = 'password-rehashed'"):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    rehashing.cancel()
    await asyncio.gather(rehashing, return_exceptions=True)
    await filer.post("/UTBK/second-factor/skip")
    await filer.acknowledge()
    await site.enrol_app(filer)


async def _link(filer: Filer) -> None:
    await filer.open("/UTBK/link")
    await filer.post("/UTBK/link", own_account="yes")
    await filer.post("/UTBK/link/account", cmecf_login="atyalex", cmecf_password=PASSWORD)
    form = re.search(r'name="form_token" value="([^"]+)"', filer.response.text)
    assert form, filer.page.text
    await filer.post("/UTBK/link/confirm", form_token=form[1])


async def _prove_again_and_end_others(site: Site, filer: Filer) -> None:
    await site.permit(filer, "backup-codes")
    await filer.post(f"{MANAGE}/backup-codes")
    codes = re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", filer.response.text)
    other = site.filer()
    await other.sign_in()
    await other.post("/UTBK/second-factor", otp=codes[0])
    await filer.open("/UTBK/prove-again")
    await filer.post("/UTBK/prove-again", password=PASSWORD, otp=codes[1])
    await filer.open(MANAGE)
    await filer.post(f"{MANAGE}/end-others")


async def _use_program(site: Site, seed: str) -> None:
    await site.age(120)
    body = {"loginId": "alexattorney", "password": PASSWORD, "redactFlag": "1"}
    async with site.http("192.0.2.90") as program:
        answer = await program.post("/services/cso-auth", json=body | {"otpCode": pyotp.TOTP(seed).now()})
        assert answer.json()["loginResult"] == "0", answer.text
        left = await program.post("/services/cso-logout", json={"nextGenCSO": answer.json()["nextGenCSO"]})
        assert left.status_code == httpx.codes.OK


async def _remove_and_leave(filer: Filer) -> None:
    await filer.open(MANAGE)
    await filer.follow("Remove my phone")
    await filer.post(filer.path)
    await filer.open("/UTBK/menu")
    await filer.post("/UTBK/sign-out")


async def _edit(site: Site) -> None:
    wishes = (Wish(name="Alexandra Attorney"), None), (Wish(), "Quiet-Ribbon-Falls-7!")
    for wish, password in wishes:
        order = Order(
            account=ACCOUNT, court_id="", wish=wish, password=password, by="desk", at=site.joint.clock(),
            breached_path=None,
        )  # fmt: skip
        async with acquired(site.pool) as connection:
            await edit(connection, order)
