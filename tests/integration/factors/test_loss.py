"""`ecflink factors` on a real Postgres: what it shows, what it takes away, and who hears of it."""

import os
import subprocess
import sys

import pyotp

from services.contract.notices import FactorChange, FactorKind, NoticeKind
from tests.backends.databases import Database
from tests.integration.factors.conftest import Site


def command(database: Database, *arguments: str, role: str = "auth") -> subprocess.CompletedProcess[str]:
    own = {name.upper(): value for name, value in database.settings(role).items()}
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | own
    asked = [sys.executable, "-m", "services.ops", "factors", *arguments]
    return subprocess.run(asked, env=env, capture_output=True, text=True, check=False, timeout=60)


async def test_lost_factors_are_taken_away_and_told(site: Site, peopled: Database) -> None:
    filer = site.filer()
    await filer.sign_in()
    seed = await site.enrol_app(filer)
    await filer.open("/UTBK/utilities/second-factor/backup-codes")
    await filer.post("/UTBK/utilities/second-factor/backup-codes")
    listed = command(peopled, "list", "alexattorney", role="reader")
    assert "my phone" in listed.stdout
    assert "10 left" in listed.stdout
    assert seed not in listed.stdout
    taken = command(peopled, "remove", "111111", "--by", "Help desk")
    assert taken.returncode == 0, taken.stderr
    assert "removed: totp my phone" in taken.stdout
    told = [(notice.factor, notice.change) for notice in await site.notices(NoticeKind.FACTOR_CHANGED)]
    assert told[-2:] == [
        (FactorKind.TOTP, FactorChange.REMOVED),
        (FactorKind.BACKUP_CODES, FactorChange.REMOVED),
    ]
    assert await site.value("SELECT count(*) FROM auth.sessions") == 0
    acts = await site.value("SELECT count(*) FROM auth.security_acts WHERE detail ->> 'by' = 'Help desk'")
    assert acts == 2
    await filer.sign_in()
    assert filer.path != "/UTBK/second-factor"
    assert pyotp.TOTP(seed).now() not in filer.response.text


async def test_nobody_and_nothing_are_told(peopled: Database) -> None:
    nobody = command(peopled, "remove", "nobody", "--by", "Help desk")
    assert (nobody.returncode, "no PACER account" in nobody.stderr) == (1, True)
    nothing = command(peopled, "remove", "alexattorney", "--by", "Help desk")
    assert (nothing.returncode, "nothing was changed" in nothing.stdout) == (0, True)
