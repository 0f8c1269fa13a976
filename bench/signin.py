"""`signin`: Argon2 verifications per second through the sign-in page, beside the bare hash on all cores.

Both run in turns, several times, with everything else up and idle meanwhile: a machine that slows down or speeds up in
between flatters neither.
"""

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import mean
from typing import Final, NamedTuple

import orjson

from bench.closing import REST_S_MAX, audited
from bench.figures import Figure
from bench.stage import Stage, role, stage
from bench.usage import Usage, using
from bench.visitors import PASSWORD, login
from services.auth.signon.passwords import HASHER, matches
from services.ops.registry import packaged, publish
from services.ops.stack.ports import free_port

ACCOUNT_COUNT: Final = 64
CLIENT_COUNT: Final = 4 * (os.cpu_count() or 1)
WARM_UP_S: Final = 3
ROUND_COUNT: Final = 6
PAGE_S: Final = 4
BARE_S: Final = 3


async def run() -> list[Figure]:
    """Measure, audit, and return the figure."""
    async with stage() as made:
        await publish(made.kafka, packaged().values())
        hashes = [HASHER.hash(PASSWORD) for _ in range(ACCOUNT_COUNT)]
        await _import(made, hashes)
        port = free_port()
        settings = {
            "HTTP_PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            # All of it comes from one address.
            "SIGN_IN_ADDRESS_PER_MINUTE": "1000000",
            "SIGN_IN_COURT_PER_SECOND": "100000",
        }
        async with role(made, "auth", **settings):
            await _visits(made, port, WARM_UP_S)
            rounds = [await _round(made, port, hashes) for _ in range(ROUND_COUNT)]
            await audited(made, rest_s=REST_S_MAX)
    page, bare = mean(each.page for each in rounds), mean(each.bare for each in rounds)
    cores = mean(each.usage.cores["generator"] for each in rounds)
    ratios = ", ".join(f"{each.page / each.bare:.2f}" for each in rounds)
    print(f"signin: {page:.1f}/s through the page, {bare:.1f}/s bare; round by round {ratios}")
    print(f"signin: cores in the last round: {rounds[-1].usage}")
    beside = f"bare hash on {os.cpu_count()} cores: {bare:.1f}/s; generator used {cores:.2f} of a core"
    return [Figure("signin", page, "verifications/s", beside, page / bare)]


class Round(NamedTuple):
    """Verifications per second of one turn of each."""

    page: float
    bare: float
    usage: Usage


async def _round(made: Stage, port: int, hashes: list[str]) -> Round:
    bare = await asyncio.to_thread(_bare, hashes)
    page, usage = await _visits(made, port, PAGE_S)
    return Round(page, bare, usage)


async def _import(made: Stage, hashes: list[str]) -> None:
    file = made.folder / "accounts.jsonl"
    file.write_bytes(b"\n".join(_account(number, password_hash) for number, password_hash in enumerate(hashes)))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.ops", "accounts", "import", str(file)), env=made.environment("auth")
    )
    if await process.wait():
        raise RuntimeError("the accounts could not be imported: see above")


def _account(number: int, password_hash: str) -> bytes:
    return orjson.dumps(
        {
            "kind": "pacer",
            "account_number": str(1_000_000 + number),
            "login": login(number),
            "password_hash": password_hash,
            "name": f"Visitor {number}",
            "email": f"visitor{number}@example.org",
            "upgraded": True,
        }
    )


async def _visits(made: Stage, port: int, seconds: float) -> tuple[float, Usage]:
    """Return the sign-ins per second of a generator process, and who used the processor meanwhile."""
    arguments = (str(port), str(seconds), str(CLIENT_COUNT), str(ACCOUNT_COUNT))
    with using() as usage:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.visitors", *arguments), stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
    told = orjson.loads(output)
    if told["refused"]:
        log = (made.folder / "auth.log").read_text(encoding="utf-8")[-2000:]
        raise RuntimeError(
            f"{len(told['refused'])} sign-ins were not answered as they should, {told['refused'][:5]}\n{log}"
        )
    usage.told("generator", told["cores"])
    return told["rate"], usage


def _bare(hashes: list[str]) -> float:
    """Return verifications per second of the same hashes in one thread per core."""
    threads = os.cpu_count() or 1
    until = time.monotonic() + BARE_S

    def verify(first: int) -> int:
        count = 0
        while time.monotonic() < until:
            assert matches(hashes[(first + count) % len(hashes)], PASSWORD)
            count += 1
        return count

    started = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(verify, range(threads))) / (time.monotonic() - started)
