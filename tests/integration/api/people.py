"""The accounts that the tests of the sign-on API sign in with: one of each kind that is answered differently."""

import json
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import pyotp

from services.auth.factors.seal import FactorSeal

PASSWORD: Final = "Correct-Horse-Battery-1"
OTP_SEED: Final = pyotp.random_base32()
FILER: Final = "filer.one"
BUSY: Final = "filer.two"
VIEWER: Final = "vw1234"
DISABLED: Final = "disabled.one"
CODED: Final = "coded.one"
FACTORED: Final = "factored.one"
CURLED: Final = "factored.two"
CHAINED: Final = "factored.three"
SHARED: Final = "shared.one"
UNKNOWN: Final = "nobody.one"
OTHERS: Final = tuple(f"filer.no{number}" for number in range(20))
_UPGRADED: Final = (FILER, BUSY, DISABLED, CODED, FACTORED, CURLED, CHAINED, SHARED, *OTHERS)
_CHANGES: Final = (
    ("UPDATE auth.pacer_accounts SET status = 'disabled' WHERE login = $1", DISABLED),
    ("UPDATE auth.pacer_accounts SET kind = 'shared' WHERE login = $1", SHARED),
    (
        "UPDATE auth.pacer_accounts SET client_code_required = true, client_codes = '{matter-7}' WHERE login = $1",
        CODED,
    ),
)
_FACTOR: Final = """
INSERT INTO auth.factors (factor_id, pacer_account, kind, label, secret, created_at, confirmed_at)
SELECT $1, pacer_account, 'totp', 'phone', $2, now(), now() FROM auth.pacer_accounts WHERE login = $3"""


def write_people(path: Path) -> Path:
    """Write the accounts as `ecflink accounts import` takes them."""
    path.write_text("\n".join(json.dumps(row) for row in _rows()), encoding="utf-8")
    return path


def _rows() -> list[dict[str, Any]]:
    pacer = [
        {"kind": "pacer", "account_number": str(7_300_000 + number), "login": login, "password": PASSWORD,
         "name": f"Person {login}", "email": f"{login}@example.org", "upgraded": login != VIEWER}
        for number, login in enumerate((*_UPGRADED, VIEWER))
    ]  # fmt: skip
    cmecf = [{"kind": "cmecf", "court_id": "UTBK", "login": "atyone", "password": PASSWORD, "name": "Aty One"}]
    return [*pacer, *cmecf]


async def change(owner_url: str, factor_secret: str) -> None:
    """Give some accounts what the import does not."""
    connection = await asyncpg.connect(owner_url)
    try:
        for statement, login in _CHANGES:
            await connection.execute(statement, login)
        for login in (FACTORED, CURLED, CHAINED):  # a code is good once for each account
            factor_id = uuid4()
            secret = FactorSeal(factor_secret).close_seed(factor_id, OTP_SEED)
            await connection.execute(_FACTOR, factor_id, secret, login)
    finally:
        await connection.close()
