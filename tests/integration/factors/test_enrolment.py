"""Enrolling through the pages on a real Postgres: the mailed code, the app, backup codes, removal, and who is told."""

import asyncio
import re
from datetime import timedelta

import pyotp
import pytest

from services.auth.factors import store
from services.auth.factors.codes import SecurityCodes, TooManyCodes
from services.auth.portal.ports import Client
from services.contract.notices import FactorChange, FactorKind, NoticeKind
from services.runtime.database import acquired
from tests.integration.factors.conftest import ACCOUNT, SEAL, Filer, Site

MANAGE = "/UTBK/utilities/second-factor"
CLIENT = Client("192.0.2.17")


@pytest.fixture
async def filer(site: Site) -> Filer:
    """A filer who is signed in."""
    made = site.filer()
    await made.sign_in()
    await made.acknowledge()
    return made


async def changes(site: Site) -> list[tuple[FactorKind | None, FactorChange | None]]:
    return [(notice.factor, notice.change) for notice in await site.notices(NoticeKind.FACTOR_CHANGED)]


async def test_app_is_enrolled_by_mailed_code_and_first_code(site: Site, filer: Filer) -> None:
    seed = await site.enrol_app(filer)
    assert (filer.response.status_code, filer.path) == (200, MANAGE)
    assert "my phone" in filer.page.text
    assert seed not in filer.response.text
    assert await changes(site) == [(FactorKind.TOTP, FactorChange.ADDED)]
    assert await site.value("SELECT count(*) FROM auth.security_acts WHERE act = 'factor-added'") == 1
    kept = await site.value("SELECT secret FROM auth.factors")
    assert isinstance(kept, bytes)
    assert seed.encode() not in kept


async def test_nothing_can_be_added_before_the_mailed_code(site: Site, filer: Filer) -> None:
    for page in ("app", "backup-codes", "passkeys"):
        await filer.open(f"{MANAGE}/{page}")
        assert filer.path == f"{MANAGE}/code"
    await filer.post(f"{MANAGE}/backup-codes")
    assert filer.path == f"{MANAGE}/code"
    await filer.post(f"{MANAGE}/app", label="mine", otp="123456")
    assert filer.path == f"{MANAGE}/code"
    assert await site.value("SELECT count(*) FROM auth.factors") == 0
    assert await site.value("SELECT count(*) FROM auth.backup_codes") == 0


async def test_wrong_first_code_keeps_the_seed(site: Site, filer: Filer) -> None:
    await site.permit(filer)
    seed = filer.page.facts["Key"]
    await filer.post(f"{MANAGE}/app", label="mine", otp="000000")
    assert filer.response.status_code == 403
    assert filer.page.facts["Key"] == seed
    assert "000000" not in filer.response.text
    assert await changes(site) == []


async def test_picture_holds_the_seed_and_no_style(site: Site, filer: Filer) -> None:
    await site.permit(filer)
    assert re.search(r"<svg [^>]*>.*<path", filer.response.text)
    assert "style=" not in filer.response.text


async def test_five_wrong_security_codes_end_it(site: Site, filer: Filer) -> None:
    await filer.open(f"{MANAGE}/code")
    await filer.post(f"{MANAGE}/code")
    code = await site.mailed_code()
    wrong = "0" * 8 if code != "0" * 8 else "1" * 8
    for _ in range(5):
        await filer.post(f"{MANAGE}/code", code=wrong)
        assert filer.response.status_code == 403
    await filer.post(f"{MANAGE}/code", code=code)
    assert filer.response.status_code == 403
    assert "Send the code" in filer.page.text


async def test_newest_code_alone_counts(site: Site, filer: Filer) -> None:
    await filer.open(f"{MANAGE}/code")
    await filer.post(f"{MANAGE}/code")
    first = await site.mailed_code()
    await filer.post(f"{MANAGE}/code")
    await filer.post(f"{MANAGE}/code", code=first)
    assert filer.response.status_code == 403
    await filer.post(f"{MANAGE}/code", code=await site.mailed_code())
    assert filer.path == f"{MANAGE}/app"


async def test_code_serves_the_session_that_entered_it(site: Site, filer: Filer) -> None:
    other = site.filer()
    await other.sign_in()
    await site.permit(filer)
    await other.open(f"{MANAGE}/app")
    assert other.path == f"{MANAGE}/code"


async def test_late_code_is_refused(site: Site, filer: Filer) -> None:
    await filer.open(f"{MANAGE}/code")
    await filer.post(f"{MANAGE}/code")
    await site.run("UPDATE auth.security_codes SET expires_at = now() - interval '1 second'")
    await filer.open(f"{MANAGE}/code")
    await filer.post(f"{MANAGE}/code", code=await site.mailed_code())
    assert filer.response.status_code == 403


async def test_permit_ends_after_a_quarter_of_an_hour(site: Site, filer: Filer) -> None:
    await site.permit(filer)
    await site.run("UPDATE auth.security_codes SET taken_at = taken_at - interval '16 minutes'")
    await filer.open(f"{MANAGE}/app")
    assert filer.path == f"{MANAGE}/code"


async def test_three_codes_an_hour_also_when_asked_for_at_once(site: Site, filer: Filer) -> None:
    session = await site.joint.sign_on.session(filer.token())
    assert session is not None
    codes = SecurityCodes(site.joint)
    results = await asyncio.gather(*(codes.send(session, CLIENT) for _ in range(8)), return_exceptions=True)
    assert [type(result) for result in results].count(TooManyCodes) == 5
    assert len(await site.notices(NoticeKind.SECURITY_CODE)) == 3
    await filer.open(f"{MANAGE}/code")
    await filer.post(f"{MANAGE}/code")
    assert filer.response.status_code == 429
    assert "Three codes were sent within an hour" in filer.page.text


async def test_no_code_is_kept_in_clear(site: Site, filer: Filer) -> None:
    await filer.open(f"{MANAGE}/code")
    await filer.post(f"{MANAGE}/code")
    code = (await site.mailed_code()).encode()
    for table in ("outbox", "security_codes", "security_acts", "sessions"):
        rows = await site.value(f"SELECT coalesce(string_agg(t::text, '|'), '') FROM auth.{table} AS t")  # noqa: S608
        assert isinstance(rows, str)
        assert code.decode() not in rows
        assert code.hex() not in rows
    assert await site.value("SELECT digest FROM auth.security_codes") == SEAL.code_digest(ACCOUNT, code.decode())


async def test_backup_codes_are_shown_once_and_made_anew(site: Site, filer: Filer) -> None:
    await site.permit(filer, "backup-codes")
    await filer.post(f"{MANAGE}/backup-codes")
    shown = re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", filer.response.text)
    assert len(shown) == 10
    assert "data:text/plain" in filer.response.text
    await filer.open(MANAGE)
    assert not any(code in filer.response.text for code in shown)
    await filer.open(f"{MANAGE}/backup-codes")
    await filer.post(f"{MANAGE}/backup-codes")
    again = re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", filer.response.text)
    assert not set(shown) & set(again)
    assert await site.value("SELECT count(*) FROM auth.backup_codes") == 10
    kinds = [FactorChange.ADDED, FactorChange.MADE_ANEW]
    assert await changes(site) == [(FactorKind.BACKUP_CODES, kind) for kind in kinds]


async def test_six_apps_are_one_too_many(site: Site, filer: Filer) -> None:
    for number in range(5):
        await site.run("DELETE FROM auth.security_acts WHERE act = 'security-code-sent'")
        await site.enrol_app(filer, label=f"app {number}")
    await filer.open(f"{MANAGE}/app")
    assert filer.path == MANAGE
    assert "Add an authenticator app" not in filer.page.text
    assert await site.value("SELECT count(*) FROM auth.factors") == 5


async def test_factor_is_removed_and_its_owner_told(site: Site, filer: Filer) -> None:
    await site.enrol_app(filer)
    await filer.follow("Remove my phone")
    assert "Nothing else protects your account" in filer.page.text
    await filer.post(filer.path)
    assert "It was removed" in filer.page.text
    assert (await changes(site))[-1] == (FactorKind.TOTP, FactorChange.REMOVED)
    assert await site.value("SELECT count(*) FROM auth.factors") == 0


async def test_removal_asks_for_the_password_after_ten_minutes(site: Site, filer: Filer) -> None:
    seed = await site.enrol_app(filer)
    await site.run("UPDATE auth.sessions SET proved_at = proved_at - interval '11 minutes'")
    await filer.follow("Remove my phone")
    assert filer.path == "/UTBK/prove-again"
    await site.age(30)
    await filer.post("/UTBK/prove-again", password="Correct-Horse-1", otp=pyotp.TOTP(seed).now(), next=after(filer))
    assert "Remove my phone?" in filer.page.text


async def test_removal_cannot_be_posted_around_the_proof(site: Site, filer: Filer) -> None:
    await site.enrol_app(filer)
    await filer.follow("Remove my phone")
    path = filer.path
    await site.run("UPDATE auth.sessions SET proved_at = proved_at - interval '11 minutes'")
    await filer.post(path)
    assert filer.path == "/UTBK/prove-again"
    assert await site.value("SELECT count(*) FROM auth.factors") == 1


async def test_factor_of_another_account_is_not_there(site: Site, filer: Filer) -> None:
    await filer.open(f"{MANAGE}/remove/{'0' * 8}-0000-7000-8000-{'0' * 12}")
    assert filer.response.status_code == 404
    await filer.open(f"{MANAGE}/remove/nonsense")
    assert filer.response.status_code == 404


async def test_unfinished_enrolment_is_swept_after_an_hour(site: Site, filer: Filer) -> None:

    await site.permit(filer)
    for hours, left in ((0, 1), (2, 0)):
        async with acquired(site.pool) as connection:
            now = site.joint.clock() + timedelta(hours=hours)
            await store.sweep(connection, now - timedelta(hours=1), 100)
        assert await site.value("SELECT count(*) FROM auth.factors") == left


async def test_other_sessions_can_be_ended(site: Site, filer: Filer) -> None:
    other = site.filer()
    await other.sign_in()
    await filer.open(MANAGE)
    await filer.post(f"{MANAGE}/end-others")
    assert "logged out everywhere else" in filer.page.text
    await other.open("/UTBK/menu")
    assert other.path == "/UTBK/sign-in"


def after(filer: Filer) -> str:
    """Return where the page leads afterwards."""
    return filer.page.forms[-1].fields["next"]
