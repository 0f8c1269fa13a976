"""Accounts of a benchmark: lines of an import file, with hashes made once and shared: nobody looks at the salt."""

import asyncio
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from bench.stage import Stage


def pacer(number: int, login: str, password_hash: str, **more: object) -> dict[str, Any]:
    """Return a PACER account's line."""
    return {
        "kind": "pacer",
        "account_number": str(1_000_000 + number),
        "login": login,
        "password_hash": password_hash,
        "name": f"Visitor {number}",
        "email": f"visitor{number}@example.org",
        "upgraded": True,
        **more,
    }


def cmecf(number: int, login: str, password_hash: str, court_id: str) -> dict[str, Any]:
    """Return a CM/ECF account's line."""
    return {
        "kind": "cmecf",
        "court_id": court_id,
        "login": login,
        "password_hash": password_hash,
        "name": f"Visitor {number}",
    }


async def load(made: Stage, lines: Iterable[Mapping[str, Any]]) -> None:
    """Import them with the operator's own command."""
    file = made.folder / "people.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(line) for line in lines))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.ops", "accounts", "import", str(file)),
        env=made.environment("auth"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    if await process.wait():
        raise RuntimeError("the accounts could not be imported: see above")
