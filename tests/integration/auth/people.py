"""Accounts of every kind and state, with hashes of every scheme, for the tests of sign-on."""

import base64
import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import bcrypt

from services.auth.signon.accounts import Kind, Status
from services.auth.signon.hashes import HASHER, normalized
from services.ops.account_import import write
from services.ops.account_rows import CmecfRow, PacerRow
from services.runtime.database import Pool, acquired
from tests.integration.auth.conftest import PASSWORD


def _b64(text: bytes) -> str:
    return base64.b64encode(text).decode().rstrip("=")


def hash_of(scheme: str, password: str = PASSWORD) -> str:
    """Return a cheap hash as another system would have made it."""
    given, salt = normalized(password), b"salt-of-16-bytes"
    match scheme:
        case "bcrypt":
            return bcrypt.hashpw(given, bcrypt.gensalt(4)).decode()
        case "pbkdf2_sha256" | "pbkdf2_sha512":
            digest = hashlib.pbkdf2_hmac(scheme.removeprefix("pbkdf2_"), given, salt, 1000)
            parts = (_b64(salt), _b64(digest))
            return f"${scheme.replace('_', '-')}$1000$" + "$".join(parts).replace("+", ".")
        case "scrypt":
            return (
                f"$scrypt$ln=4,r=8,p=1${_b64(salt)}${_b64(hashlib.scrypt(given, salt=salt, n=16, r=8, p=1, dklen=32))}"
            )
    return HASHER.hash(given)


class Who(NamedTuple):
    """A PACER account of a kind, under a login that tells it."""

    login: str
    scheme: str | None = "argon2"
    facts: Mapping[str, Any] = MappingProxyType({})


WHO: Final = (
    Who("individual"),
    Who("legacy", facts={"upgraded": False}),
    Who("inactive", facts={"status": Status.INACTIVE}),
    Who("disabled", facts={"status": Status.DISABLED}),
    Who("shared", facts={"account_type": Kind.SHARED}),
    Who("paa", facts={"account_type": Kind.ADMINISTRATIVE}),
    Who("exempt", facts={"exempt": True}),
    Who("codes", facts={"client_code_required": True, "client_codes": ("A1", "B2")}),
    Who("bcrypt", "bcrypt"),
    Who("pbkdf2_sha256", "pbkdf2_sha256"),
    Who("pbkdf2_sha512", "pbkdf2_sha512"),
    Who("scrypt", "scrypt"),
    Who("remote-only", None),
)


async def bring_in(pool: Pool, who: tuple[Who, ...] = WHO) -> None:
    """Write these accounts as an import does, with a court's login of the same name for each that has a hash."""
    rows: list[PacerRow | CmecfRow] = []
    keys, hashes = [], []
    for number, each in enumerate(who, start=7_300_001):
        facts: dict[str, object] = {
            "kind": "pacer",
            "account_number": str(number),
            "login": each.login,
            "name": each.login.title(),
        }
        facts |= {"email": f"{each.login}@example.org", "upgraded": True}
        rows.append(PacerRow.model_validate(facts | dict(each.facts), context={"remote": True}))
        keys.append(str(number))
        hashes.append(hash_of(each.scheme) if each.scheme else None)
    for each in who:
        if each.scheme:
            status = each.facts.get("status")
            # A name that agrees with its owner's, and with Alex Attorney's.
            name = f"Attorney {each.login.title()}"
            rows.append(
                CmecfRow(kind="cmecf", court_id="UTBK", login=each.login, name=name, password="-", status=status)
            )
            keys.append(f"UTBK:{each.login}")
            hashes.append(hash_of(each.scheme))
    async with acquired(pool) as connection:
        await write(connection, rows, keys, hashes, {})
