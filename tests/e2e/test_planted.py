"""P8 on the real system: what people really type, are mailed and are given is planted, and then found nowhere.

But for the memory of auth, which reads what people type, and of the notifier, which opens codes to mail them: what is
freed there is not wiped.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import httpx
import pyotp
import pytest

from services.ops.demo.browser import Browser, client
from services.ops.demo.people import SEED_LOGIN, people
from services.ops.demo.walk import walk
from services.ops.stack.embedded import PEOPLE_PATH
from tests.system import System

pytestmark = pytest.mark.timeout(400)
ALEX = people()[SEED_LOGIN]
_PLACE = "/UTBK/utilities/second-factor"
_CODE = re.compile(rb"Your security code: (\d{8})")
_SEED = re.compile(r'<code id="seed">([A-Z2-7 ]+)</code>')
_WAIT_S_MAX = 60.0
_WALDUMP = Path(__file__).parents[2] / "var/lib/postgresql-18.6.0/bin/pg_waldump"


def planted(system: System) -> list[str]:
    """Live through a day of sign-ins and return every secret of it: passwords, a code, a seed, tokens."""
    mistyped = f"Mistyped-{secrets.token_hex(6)}"
    system.run("accounts", "import", str(PEOPLE_PATH), role="auth")  # once more, so that its log is searched too
    with client(system.url) as http:
        walk(http, ALEX)
        Browser(http, "/UTBK/sign-in").submit("Login", {"username": ALEX.pacer_login, "password": mistyped})
        browser = Browser(http, "/UTBK/sign-in")
        browser.submit("Login", {"username": ALEX.pacer_login, "password": ALEX.pacer_password})
        browser.submit("Continue", tick="redaction")
        cookies = [cookie.value for cookie in http.cookies.jar if cookie.value and "session" in cookie.name]
        code, seed = enrolled(system, http, browser)
    return [ALEX.pacer_password, ALEX.cmecf_password, mistyped, code, seed, *cookies, token(system, seed)]


def enrolled(system: System, http: httpx.Client, browser: Browser) -> tuple[str, str]:
    """Add an authenticator app by the pages; return the mailed code and the seed."""
    browser.open(f"{_PLACE}/code")
    browser.submit("Send the code")
    code = mailed(system)
    browser.submit("Continue", {"code": code})
    found = _SEED.search(http.get(f"{_PLACE}/app").text)
    assert found is not None, browser.page.text
    seed = found[1].replace(" ", "")
    browser.open(f"{_PLACE}/app")
    browser.submit("Add the app", {"label": "Telephone", "otp": pyotp.TOTP(seed).now()})
    return code, seed


def mailed(system: System) -> str:
    deadline = time.monotonic() + _WAIT_S_MAX
    while time.monotonic() < deadline:
        for message in system.smtp.messages:
            if found := _CODE.search(message):
                return found[1].decode()
        time.sleep(0.1)
    raise AssertionError("no code was mailed")


def token(system: System, seed: str) -> str:
    """Sign in at the API with the password and the next code of the app; return the token."""
    # A clock may be one step ahead; the step that the enrolment used counts no more.
    code = pyotp.TOTP(seed).at(int(time.time()), counter_offset=1)
    asked = {"loginId": ALEX.pacer_login, "password": ALEX.pacer_password, "otpCode": code, "redactFlag": "1"}
    answer = httpx.post(f"{system.url}/services/cso-auth", json=asked, timeout=30).json()
    assert answer["loginResult"] == "0", answer
    return str(answer["nextGenCSO"])


def audited(system: System, folder: Path, canaries: list[str], wal: Path) -> subprocess.CompletedProcess[str]:
    logs = folder / "logs"
    logs.mkdir(parents=True)
    for path in system.folder.glob("*.log"):
        shutil.copy(path, logs)
    (folder / "canaries").write_text("\n".join(canaries) + "\n")
    command = [sys.executable, "-m", "services.ops", "audit", "--wait", "60", "--canaries", str(folder / "canaries")]
    command += ["--wal", str(wal), "--waldump", str(_WALDUMP), "--logs", str(logs)]
    command += ["--pids", str(system.roles["linker"].process.pid)]
    command += ["--mailbox", str(system.smtp.maildir.folder)]
    return subprocess.run(command, env=environment(system), capture_output=True, text=True, check=False, timeout=300)


def environment(system: System) -> Mapping[str, str]:
    return {"PATH": os.environ["PATH"], **system.env("owner")}


async def wal_of(system: System) -> Path:
    connection = await asyncpg.connect(system.deployment.database.owner_url)
    try:
        folder = Path(await connection.fetchval("SHOW data_directory")) / "pg_wal"
    finally:
        await connection.close()
    if not folder.is_dir():
        pytest.skip("the database's files are not on this machine")
    return folder


async def test_what_people_type_is_found_nowhere_beyond_the_memory_of_those_who_handle_it(
    system: System, tmp_path: Path
) -> None:
    wal = await wal_of(system)
    canaries = planted(system)
    assert len(set(canaries)) >= 7
    audit = audited(system, tmp_path / "audit", canaries, wal)
    assert audit.returncode == 0, audit.stdout + audit.stderr
    (line,) = [line for line in audit.stdout.splitlines() if line.startswith("P8")]
    assert line.startswith("P8  clean      7 canaries; ")
    assert "1 processes" in line
    assert "not checked" not in line
    assert not any(canary in audit.stdout + audit.stderr for canary in canaries)
