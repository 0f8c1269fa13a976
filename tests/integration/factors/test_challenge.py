"""Signing in with a second factor on a real Postgres: codes used up once, sessions rotated, skips, restrictions."""

import asyncio
import re
from collections.abc import AsyncGenerator

import pyotp
import pytest

from services.auth.signon.accounts import Accounts
from services.contract.logins import LoginAttempted, LoginOutcome, LoginStep
from services.contract.notices import FactorChange, FactorKind, NoticeKind
from tests.backends.databases import Database
from tests.integration.factors.conftest import PASSWORD, Filer, Site, joined

CHALLENGE = "/UTBK/second-factor"
MANAGE = "/UTBK/utilities/second-factor"


@pytest.fixture
async def seed(site: Site) -> str:
    """The seed of the app that the filer enrolled."""
    filer = site.filer()
    await filer.sign_in()
    await filer.acknowledge()
    made = await site.enrol_app(filer)
    await site.age(120)
    return made


@pytest.fixture
async def second(peopled: Database) -> AsyncGenerator[Site]:
    """Another process on the same database."""
    async with joined(peopled) as made:
        yield made


async def test_code_opens_the_session_under_a_new_token(site: Site, seed: str) -> None:
    filer = site.filer()
    await filer.sign_in(after="/UTBK/query")
    assert filer.path == CHALLENGE
    old = filer.token()
    await filer.open("/UTBK/menu")
    assert filer.path == CHALLENGE
    await filer.post(CHALLENGE, otp=pyotp.TOTP(seed).now(), next="/UTBK/query")
    assert filer.path in {"/UTBK/redaction", "/UTBK/query"}
    assert filer.token() != old
    assert await site.joint.sign_on.session(old) is None
    session = await site.joint.sign_on.session(filer.token())
    assert session is not None
    assert session.stage == "full"


async def test_code_is_good_once(site: Site, seed: str) -> None:
    code = pyotp.TOTP(seed).now()
    first, later = site.filer(), site.filer()
    for filer in (first, later):
        await filer.sign_in()
    await first.post(CHALLENGE, otp=code)
    await later.post(CHALLENGE, otp=code)
    assert first.path != CHALLENGE
    assert (later.path, later.response.status_code) == (CHALLENGE, 403)
    assert code not in later.response.text


async def test_two_processes_take_one_code_at_once(site: Site, second: Site, seed: str) -> None:
    filers = [one.filer() for one in (site, second) for _ in range(3)]
    for filer in filers:
        await filer.sign_in()
    code = pyotp.TOTP(seed).now()
    await asyncio.gather(*(filer.post(CHALLENGE, otp=code) for filer in filers))
    assert [filer.path == CHALLENGE for filer in filers].count(False) == 1


async def test_take_uses_a_code_up_for_the_api(site: Site, second: Site, seed: str) -> None:

    account = await Accounts(site.pool).pacer("alexattorney", "192.0.2.0/24")
    assert account is not None
    code, now = pyotp.TOTP(seed).now(), site.joint.clock()
    taken = await asyncio.gather(*(one.joint.factors.take(account, code, now) for one in (site, second)))
    assert sorted(taken) == [False, True]


async def test_wrong_code_is_an_event_with_its_step(site: Site, seed: str) -> None:
    filer = site.filer()
    await filer.sign_in()
    await filer.post(CHALLENGE, otp="12345")
    assert filer.response.status_code == 403
    events = [LoginAttempted.model_validate_json(row.value) for row in site.joint.attempts.take(10)]
    assert [(event.outcome, event.step) for event in events] == [(LoginOutcome.FAILED, LoginStep.FACTOR)]


async def test_wrong_codes_are_slowed_and_never_locked(site: Site, seed: str) -> None:
    stranger = site.filer("198.51.100.7")
    await stranger.sign_in()
    statuses = []
    for _ in range(8):
        await stranger.post(CHALLENGE, otp="000000")
        statuses.append(stranger.response.status_code)
    assert statuses[-1] == 503
    assert int(stranger.response.headers["retry-after"]) <= 60
    owner = site.filer()
    await owner.sign_in()
    await owner.post(CHALLENGE, otp=pyotp.TOTP(seed).now())
    assert owner.path != CHALLENGE


async def test_stolen_password_makes_no_place_known(site: Site, seed: str) -> None:
    stranger = site.filer("198.51.100.7")
    await stranger.sign_in()
    assert await site.value("SELECT count(*) FROM auth.known_places WHERE address_prefix LIKE '198.51.100.%'") == 0


async def test_backup_code_opens_once_and_the_last_is_told(site: Site) -> None:
    filer = site.filer()
    await filer.sign_in()
    await site.permit(filer, "backup-codes")
    await filer.post(f"{MANAGE}/backup-codes")
    codes = re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", filer.response.text)
    for number, code in enumerate(codes):
        again = site.filer()
        await again.sign_in()
        await again.post(CHALLENGE, otp=code.lower().replace("-", " "))
        assert again.path != CHALLENGE, number
        if number == 0:
            late = site.filer()
            await late.sign_in()
            await late.post(CHALLENGE, otp=code)
            assert late.response.status_code == 403
    last = (await site.notices(NoticeKind.FACTOR_CHANGED))[-1]
    assert (last.factor, last.change) == (FactorKind.BACKUP_CODES, FactorChange.USED_UP)
    assert await site.value("SELECT count(*) FROM auth.security_acts WHERE act = 'backup-code-used'") == 10


async def test_half_signed_session_reaches_nothing_else(site: Site, seed: str) -> None:
    filer = site.filer()
    await filer.sign_in()
    for path in ("menu", "link", "utilities", "utilities/second-factor", "utilities/second-factor/code",
                 "prove-again", "my-courts"):  # fmt: skip
        await filer.open(f"/UTBK/{path}")
        assert filer.path == CHALLENGE, path
    assert "Alex Attorney" not in filer.response.text
    await filer.post(f"{CHALLENGE}/skip")
    assert filer.path == CHALLENGE
    await filer.post("/UTBK/sign-out")
    assert filer.path == "/UTBK/signed-out"


async def test_challenge_answered_in_another_tab(site: Site, seed: str) -> None:
    filer = site.filer()
    await filer.sign_in()
    old = filer.token()
    session = await site.joint.sign_on.session(old)
    assert session is not None
    await filer.post(CHALLENGE, otp=pyotp.TOTP(seed).now())
    await filer.open(CHALLENGE)
    assert filer.path != CHALLENGE


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example/UTBK/menu", "/\\evil.example", "/UTBK/../../x", "/UTBK/menu%0d%0aX: y",
     "javascript:alert(1)", "/utbk/menu", "link/confirm?x=1", "/UTBK//evil"],
)  # fmt: skip
async def test_next_leads_to_no_other_site(site: Site, seed: str, wanted: str) -> None:
    filer = site.filer()
    await filer.sign_in()
    await filer.post(CHALLENGE, otp=pyotp.TOTP(seed).now(), next=wanted)
    assert filer.response.url.host == "localhost"
    assert filer.path in {"/UTBK/redaction", "/UTBK/menu"}


@pytest.mark.parametrize("typed", ["", " ", "x" * 65, "x" * 5000, "\u0000", "\uff11\uff12", "🙂", "12 34-56"])
async def test_any_text_is_answered(site: Site, seed: str, typed: str) -> None:
    filer = site.filer()
    await filer.sign_in()
    await filer.post(CHALLENGE, otp=typed)
    assert filer.response.status_code in {403, 422}
    assert filer.path == CHALLENGE


async def test_prompted_filer_may_skip_three_times(prompting: Site) -> None:
    for left in (3, 2, 1):
        filer = prompting.filer()
        await filer.sign_in(after="/UTBK/query")
        assert filer.path == f"{CHALLENGE}/offer"
        assert f"put this off {left} more time" in filer.page.text
        await filer.post(f"{CHALLENGE}/skip", next="/UTBK/query")
        await filer.acknowledge()
        assert filer.path in {"/UTBK/query", "/UTBK/menu"}
    filer = prompting.filer()
    await filer.sign_in()
    assert filer.response.status_code == 403
    assert "restricted until you enrol" in filer.page.text
    assert "disabled" not in filer.page.text.lower()
    await filer.post(f"{CHALLENGE}/skip")
    await filer.open("/UTBK/menu")
    assert filer.path == f"{CHALLENGE}/offer"
    assert await prompting.value("SELECT factor_skips FROM auth.pacer_accounts") == 3
    assert await prompting.value("SELECT count(*) FROM auth.security_acts WHERE act = 'factor-skipped'") == 3


async def test_two_tabs_skip_once(prompting: Site) -> None:
    filer = prompting.filer()
    await filer.sign_in()
    token = filer.csrf
    body = f"csrf={token}"
    await asyncio.gather(*(filer.post_raw(f"{CHALLENGE}/skip", body) for _ in range(4)))
    assert await prompting.value("SELECT factor_skips FROM auth.pacer_accounts") == 1


async def test_last_skip_goes_to_one_of_two_browsers(prompting: Site) -> None:
    await prompting.run("UPDATE auth.pacer_accounts SET factor_skips = 2")
    filers = [prompting.filer(), prompting.filer()]
    for filer in filers:
        await filer.sign_in()
    await asyncio.gather(*(filer.post(f"{CHALLENGE}/skip") for filer in filers))
    assert await prompting.value("SELECT factor_skips FROM auth.pacer_accounts") == 3
    stages = await prompting.value("SELECT string_agg(stage, ' ' ORDER BY stage) FROM auth.sessions")
    assert stages == "full restricted"


async def test_restricted_filer_enrols_and_is_in(prompting: Site) -> None:
    await prompting.run("UPDATE auth.pacer_accounts SET factor_skips = 3")
    filer = prompting.filer()
    await filer.sign_in()
    old = filer.token()
    await filer.open("/UTBK/my-courts")
    assert (filer.path, filer.response.status_code) == ("/UTBK/my-courts", 200)
    await filer.open(f"{CHALLENGE}/offer")
    await filer.follow("Enrol now")
    assert filer.path == MANAGE
    await prompting.enrol_app(filer)
    assert "The app was added" in filer.page.text
    assert filer.token() != old
    assert await prompting.joint.sign_on.session(old) is None
    await filer.open("/UTBK/menu")
    assert filer.path in {"/UTBK/menu", "/UTBK/redaction"}
    await filer.open(f"{MANAGE}/backup-codes")  # the permit went along with the token
    assert filer.path == f"{MANAGE}/backup-codes"


async def test_restricted_filer_may_begin_with_backup_codes(prompting: Site) -> None:
    await prompting.run("UPDATE auth.pacer_accounts SET factor_skips = 3")
    filer = prompting.filer()
    await filer.sign_in()
    await prompting.permit(filer, "backup-codes")
    await filer.post(f"{MANAGE}/backup-codes")
    assert "Your backup codes" in filer.page.text
    await filer.post("/UTBK/sign-out")  # a form of that very answer
    assert filer.path == "/UTBK/signed-out"


async def test_prove_again_moves_the_time_and_keeps_the_token(site: Site, seed: str) -> None:
    filer = site.filer()
    await filer.sign_in()
    await filer.post(CHALLENGE, otp=pyotp.TOTP(seed).now())
    await filer.acknowledge()
    token = filer.token()
    await site.age(120)
    await site.run("UPDATE auth.sessions SET proved_at = proved_at - interval '2 hours'")
    await filer.open("/UTBK/prove-again?next=query")
    await filer.post("/UTBK/prove-again", password=PASSWORD, otp=pyotp.TOTP(seed).now(), next="/UTBK/query")
    assert filer.path == "/UTBK/query"
    assert filer.token() == token
    session = await site.joint.sign_on.session(token)
    assert session is not None
    assert session.proved_at is not None
    assert (site.joint.clock() - session.proved_at).total_seconds() < 600


@pytest.mark.parametrize("password, with_code", [(PASSWORD, False), ("wrong", True)])
async def test_prove_again_needs_password_and_code(site: Site, seed: str, password: str, with_code: bool) -> None:  # noqa: FBT001
    filer = site.filer()
    await filer.sign_in()
    await filer.post(CHALLENGE, otp=pyotp.TOTP(seed).now())
    await filer.acknowledge()
    await site.age(120)
    await filer.open("/UTBK/prove-again?next=query")
    await filer.post("/UTBK/prove-again", password=password, otp=pyotp.TOTP(seed).now() if with_code else "")
    assert filer.response.status_code == 403
    assert "The password or the code is not correct" in filer.page.text


async def test_five_wrong_proofs_end_the_session(site: Site) -> None:
    filer = site.filer()
    await filer.sign_in()
    await filer.acknowledge()
    token = filer.token()
    await filer.open("/UTBK/prove-again?next=query")
    for _ in range(5):
        await filer.post("/UTBK/prove-again", password="wrong", next="/UTBK/query")
    assert filer.path == "/UTBK/sign-in"
    assert await site.joint.sign_on.session(token) is None


async def test_challenge_page_is_for_the_filer_alone(site: Site) -> None:
    nobody: Filer = site.filer()
    await nobody.open(CHALLENGE)
    assert nobody.path == "/UTBK/sign-in"
