"""`ecflink accounts export` and `edit` against Postgres: a round trip, and every effect of an edit."""

import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
import pytest

from services.auth.portal.ports import SignInRefused
from services.runtime.database import acquired
from tests.backends.deployment import Deployment
from tests.integration.auth.command import Answer, ecflink
from tests.integration.auth.conftest import CLIENT, PASSWORD, Auth
from tests.integration.auth.people import WHO, bring_in

_NEW = "Quiet-River-Stone"

Accounts = Callable[..., Awaitable[Answer]]


@pytest.fixture
async def accounts(auth: Auth, deployment: Deployment) -> Accounts:
    await bring_in(auth.pool)

    async def run(*arguments: str) -> Answer:
        return await ecflink(deployment.env("auth") | {"PACER_VERIFIER": "remote"}, "accounts", *arguments)

    return run


async def _dump(auth: Auth) -> list[dict[str, object]]:
    async with acquired(auth.pool) as connection:
        rows = [
            *await connection.fetch("SELECT * FROM auth.pacer_accounts ORDER BY pacer_account"),
            *await connection.fetch("SELECT * FROM auth.cmecf_accounts ORDER BY court_id, cmecf_canonical"),
        ]
    return [{name: value for name, value in row.items() if name != "imported_at"} for row in rows]


async def test_export_imported_again_is_the_same(auth: Auth, accounts: Accounts, tmp_path: Path) -> None:
    path, before = tmp_path / "out.jsonl", await _dump(auth)
    answer = await accounts("export", "--out", str(path))
    assert (answer.code, answer.output) == (0, "")
    assert "password hashes" in answer.errors
    assert f"{len(before)} accounts exported" in answer.errors
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (await accounts("import", str(path))).output == f"0 accounts created, {len(before)} updated\n"
    assert await _dump(auth) == before
    async with acquired(auth.pool) as connection:
        await connection.execute("DELETE FROM auth.pacer_accounts")
        await connection.execute("DELETE FROM auth.cmecf_accounts")
    assert (await accounts("import", str(path))).output == f"{len(before)} accounts created, 0 updated\n"
    assert await _dump(auth) == before


async def test_export_is_bounded_and_overwrites_nothing(auth: Auth, accounts: Accounts, tmp_path: Path) -> None:
    answer = await accounts("export", "--kind", "cmecf", "--court", "utbk")
    rows = [orjson.loads(line) for line in answer.output.splitlines()]
    assert {(row["kind"], row["court_id"]) for row in rows} == {("cmecf", "UTBK")}
    assert len(rows) == await auth.count("cmecf_accounts")
    assert (await accounts("export", "--kind", "pacer")).output.count('"kind":"pacer"') == len(WHO) + 2
    kept = tmp_path / "kept.jsonl"
    kept.write_text("mine")
    answer = await accounts("export", "--out", str(kept))
    assert answer.code == 1
    assert "File exists; nothing was exported" in answer.errors
    assert kept.read_text() == "mine"
    assert (await accounts("export", "--kind", "pacer", "--court", "UTBK")).code == 2


async def test_edit_tells_old_and_new_and_ends_sessions(auth: Auth, accounts: Accounts) -> None:
    await auth.session("individual")
    answer = await accounts("edit", "individual", "--status", "disabled", "--role", "attorney", "--by", "The Clerk")
    assert answer == (0, "status: active → disabled\nroles: none → attorney\n1 sessions ended\n", "")
    assert await auth.count("pacer_accounts", "status = 'disabled' AND roles = '{attorney}'") == 1
    assert await auth.count("sessions") == 0
    async with acquired(auth.pool) as connection:
        row = await connection.fetchrow("SELECT act, detail::text FROM auth.security_acts ORDER BY id DESC LIMIT 1")
    assert row is not None
    assert row["act"] == "account-edited"
    assert orjson.loads(row["detail"]) == {"login": None, "changed": "status, roles", "by": "The Clerk"}


async def test_name_alone_ends_no_session(auth: Auth, accounts: Accounts) -> None:
    await auth.session("individual")
    answer = await accounts("edit", "7300001", "--name", "Ina Individual", "--client-code", "A1", "--client-code", "B2")
    assert answer.output == "name: Individual → Ina Individual\nclient_codes: none → A1, B2\n"
    assert await auth.count("sessions") == 1
    assert (await accounts("edit", "7300001", "--empty-client-code")).output == "client_codes: A1, B2 → none\n"
    assert (await accounts("edit", "7300001", "--name", "Ina Individual")).output == "nothing to change\n"


async def test_new_password_is_told_to_its_owner(auth: Auth, accounts: Accounts, tmp_path: Path) -> None:
    await auth.session("scrypt")
    path = tmp_path / "password"
    path.write_text(_NEW + "\n")
    answer = await accounts(
        "edit", "scrypt", "--email", "new@example.org", "--password-file", str(path), "--by", "The Clerk"
    )
    assert answer.output == "email: scrypt@example.org → new@example.org\npassword: set anew\n1 sessions ended\n"
    assert _NEW not in answer.output + answer.errors
    sign_on = auth.parts.sign_on
    assert await sign_on.sign_in("scrypt", _NEW, client_code="", court_id=None, client=CLIENT)
    with pytest.raises(SignInRefused):
        await sign_on.sign_in("scrypt", PASSWORD, client_code="", court_id=None, client=CLIENT)
    assert await auth.count("pacer_accounts", "login = 'scrypt' AND verifier_version = 2") == 1
    assert await auth.count("security_acts", "act = 'password-changed'") == 1
    async with acquired(auth.pool) as connection:
        value = await connection.fetchval("SELECT value FROM auth.outbox WHERE topic = 'filer-notices-v1'")
    notice = orjson.loads(value)
    assert (notice["kind"], notice["recipient_email"]) == ("password-changed", "scrypt@example.org")


async def test_cmecf_account_is_edited_at_its_court(auth: Auth, accounts: Accounts, tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("Quiet-River-7")
    answer = await accounts("edit", "legacy", "--court", "utbk", "--role", "trustee", "--password-file", str(path))
    assert answer == (0, "role: attorney → trustee\npassword: set anew\n", "")
    assert await auth.count("cmecf_accounts", "role = 'trustee' AND verifier_version = 2") == 1
    assert await auth.count("outbox", "topic = 'filer-notices-v1'") == 0


@pytest.mark.parametrize(
    "arguments,told",
    [
        (("nobody", "--name", "X"), "no PACER account 'nobody'"),
        (("nobody", "--court", "UTBK", "--name", "X"), "no CM/ECF account 'nobody' at UTBK"),
        (("legacy", "--court", "NOWHERE", "--name", "X"), "NOWHERE is not in the registry"),
        (("individual", "--email", "nowhere"), "email: is not a mail address"),
        (("individual", "--name", "X "), "name: begins or ends with a space"),
        (("individual", "--client-code", "a,b"), "client_codes: a client code has 1 to 32"),
        (("legacy", "--court", "UTBK", "--exempt"), "a CM/ECF account has no exempt"),
        (("legacy", "--court", "UTBK", "--role", "media", "--role", "auditor"), "a CM/ECF account has one role"),
        (("individual", "--password-file", "/nowhere"), "No such file"),
    ],
)
async def test_edit_that_cannot_be_changes_nothing(
    auth: Auth, accounts: Accounts, arguments: tuple[str, ...], told: str
) -> None:
    before = await _dump(auth)
    answer = await accounts("edit", *arguments)
    assert answer.code == 1
    assert told in answer.errors
    assert answer.errors.endswith("nothing was changed\n")
    assert await _dump(auth) == before


@pytest.mark.parametrize("password", ["short", "Quiet-scrypt-Stone", "quiet-river-stone"])
async def test_password_against_the_rules_is_refused(
    auth: Auth, accounts: Accounts, tmp_path: Path, password: str
) -> None:
    path, before = tmp_path / "password", await _dump(auth)
    path.write_text(password)
    answer = await accounts("edit", "scrypt", "--password-file", str(path))
    assert answer.code == 1
    assert password not in answer.errors
    assert await _dump(auth) == before


async def test_show_tells_kind_state_and_what_a_login_is_good_for(auth: Auth, accounts: Accounts) -> None:
    rows = orjson.loads((await accounts("show", "paa", "--json")).output)
    told = {row["kind"]: (row["account_type"], row["status"], row["login_state"]) for row in rows}
    assert told == {"pacer": ("administrative", "active", None), "cmecf": (None, "active", "sign-in")}
    assert await auth.count("pacer_accounts", "login = 'paa'") == 1
