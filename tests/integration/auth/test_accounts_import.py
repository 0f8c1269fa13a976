"""`ecflink accounts import` and `show` against Postgres: all of a file or nothing, and what a second import changes."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import pytest

from services.auth.portal.ports import SignInRefused
from tests.backends.deployment import Deployment
from tests.integration.auth.command import Answer, ecflink
from tests.integration.auth.conftest import CLIENT, PASSWORD, Auth

_HEADER = "kind,account_number,court_id,login,password,name,email,upgraded\n"
_PACER = f"pacer,7000001,,newcomer,{PASSWORD},Nina Newcomer,nina@example.org,no\n"
_CMECF = f"cmecf,,UTBK,atynina,{PASSWORD},Aty Nina,,\n"

Import = Callable[[str], Awaitable[Answer]]


@pytest.fixture
def import_text(tmp_path: Path, deployment: Deployment) -> Import:
    async def run(content: str) -> Answer:
        path = tmp_path / "people.csv"
        path.write_text(content, encoding="utf-8")
        return await ecflink(deployment.env("auth"), "accounts", "import", str(path))

    return run


async def test_imported_filer_can_sign_in(auth: Auth, import_text: Import) -> None:
    answer = await import_text(_HEADER + _PACER + _CMECF)
    assert answer == (0, "2 accounts created, 0 updated\n", "")
    assert (await auth.session("newcomer")).filer.name == "Nina Newcomer"


async def test_one_bad_row_imports_nothing(auth: Auth, import_text: Import) -> None:
    answer = await import_text(_HEADER + _PACER + _CMECF.replace("UTBK", "nowhere") + "pacer,,,,,,,\n")
    assert answer.code == 2
    assert "line 3: court_id: is not a court id such as UTBK" in answer.errors
    assert "line 4: account_number: is missing" in answer.errors
    assert await auth.count("pacer_accounts", "login = 'newcomer'") == 0


async def test_login_of_another_account_is_told(auth: Auth, import_text: Import) -> None:
    answer = await import_text(_HEADER + _PACER.replace("newcomer", "alexattorney"))
    assert "line 2: login alexattorney belongs to PACER account 111111 already" in answer.errors
    assert await auth.count("pacer_accounts", "pacer_account = '7000001'") == 0


async def test_same_file_again_changes_no_version(auth: Auth, import_text: Import) -> None:
    await import_text(_HEADER + _PACER + _CMECF)
    session = await auth.session("newcomer")
    answer = await import_text(_HEADER + _PACER.replace("Nina Newcomer", "Nina Now") + _CMECF)
    assert answer.output == "0 accounts created, 2 updated\n"
    assert await auth.count("pacer_accounts", "name = 'Nina Now' AND verifier_version = 1") == 1
    assert await auth.count("sessions") == 1
    assert session.filer.login == "newcomer"


async def test_new_password_counts_up_and_signs_out(auth: Auth, import_text: Import) -> None:
    await import_text(_HEADER + _PACER)
    await auth.session("newcomer")
    await import_text(_HEADER + _PACER.replace(PASSWORD, "Another-1"))
    assert await auth.count("pacer_accounts", "login = 'newcomer' AND verifier_version = 2") == 1
    assert await auth.count("sessions") == 0
    with pytest.raises(SignInRefused):
        await auth.parts.sign_on.sign_in("newcomer", PASSWORD, client_code="", court_id=None, client=CLIENT)


async def test_show_tells_accounts_without_hashes(auth: Auth, deployment: Deployment) -> None:
    answer = await ecflink(deployment.env("auth"), "accounts", "show", "atyalex", "--court", "utbk", "--json")
    (row,) = orjson.loads(answer.output)
    assert (row["kind"], row["name"], row["linked_by"]) == ("cmecf", "Aty Alex", None)
    assert "argon2" not in answer.output
    assert await auth.count("cmecf_accounts", "login = 'atyalex'") == 1


async def test_unknown_account_is_said(auth: Auth, deployment: Deployment) -> None:
    answer = await ecflink(deployment.env("auth"), "accounts", "show", "nobody")
    assert answer == (1, "no account 'nobody'\n", "")
    assert await auth.count("pacer_accounts", "login = 'nobody'") == 0
