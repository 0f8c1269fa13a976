"""`storm`: a minute of 1,000 sign-ins a second, nearly all of an attack, while people who are inside confirm links.

Offered by two generator processes: tries at one account from 2,000 networks, tries at many accounts from one network,
and right passwords of people elsewhere. Beside them 20 confirmations a second of people who signed in and proved their
CM/ECF account before, timed from the instant at which each was to be sent. In the middle of it the owner of the
attacked account signs in, once from where she did before and once from a new place.
"""

import asyncio
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from heapq import nlargest
from math import ceil
from operator import itemgetter
from typing import Any, Final

import asyncpg
import orjson
import psutil
from hdrh.histogram import HdrHistogram
from uuid_utils.compat import uuid7

from bench.figures import Figure
from bench.people import cmecf, load, pacer
from bench.stage import PARTITION_COUNT, Stage, role, stage
from bench.stormers import COURT, PASSWORD, RIGHT_COUNT, VICTIM, sign_in
from bench.usage import using
from services.auth.guard.topics import TOPICS
from services.auth.insertions import insert
from services.auth.linking.forms import Forms, Proven
from services.auth.linking.forms import bound as bound_to
from services.auth.portal.ports import Filer, Session
from services.auth.portal.seals import Seals
from services.auth.signon.hashes import HASHER
from services.auth.signon.sessions import SessionLimits, SignedIn, beginning, digest
from services.contract.topics import AUTH_THROTTLES
from services.ops.registry import packaged, publish
from services.ops.stack.ports import free_port
from services.runtime.clock import now
from services.runtime.read import reading
from services.runtime.topology import Shape, create_topics

SIGN_IN_RATE: Final = 1_000
CONFIRM_RATE: Final = 20
SECONDS: Final = 60
GENERATOR_COUNT: Final = 2
OWNER_AT_S: Final = 20.0
KNOWN_ADDRESS: Final = "198.51.100.7"
NEW_ADDRESS: Final = "192.0.2.200"
_CONFIRM_COUNT: Final = CONFIRM_RATE * SECONDS
_US_MAX: Final = 120_000_000
_TRIES_MAX: Final = 40
_WORST_COUNT: Final = 30
_SEE_OTHER: Final = "303"
# In the form of the page, or in the link of the short page that the gate gives.
_TICKET: Final = re.compile(rb'(?:name="ticket" value="|[?]ticket=)([^"]+)"')
_WAIT: Final = re.compile(rb"(?i)retry-after: (\d+)")


async def run() -> list[Figure]:
    """Measure, print, and return the figures of the confirmations."""
    async with stage() as made:
        await create_topics(made.kafka, Shape(PARTITION_COUNT), also=TOPICS)
        await publish(made.kafka, _courts())
        await load(made, _people(HASHER.hash(PASSWORD)))
        port = free_port()
        settings = {
            "HTTP_PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "TRUSTED_PROXIES": "127.0.0.1",
        }
        guard = {"HTTP_PORT": "0", "STATE_PATH": str(made.folder / "guard")}
        async with role(made, "auth", **settings) as auth, role(made, "guard", **guard), role(made, "linker"):
            seals = Seals(made.form_secret)
            await _owner(port, seals, KNOWN_ADDRESS)  # she has signed in before from there
            await _prepare(made, seals)
            told = await _storm(made, port, auth, seals)
        throttles = await _throttles(made)
    print(f"storm: the guard set {throttles} throttles")
    return _figures(told["confirms"]["seconds"])


def _courts() -> Any:  # noqa: ANN401 - what `publish` takes
    live = packaged()
    live[COURT] = live[COURT].model_copy(update={"live_at": now().replace(year=now().year - 1, day=1)})
    return live.values()


def _people(password_hash: str) -> list[dict[str, Any]]:
    people = [pacer(0, VICTIM, password_hash)]
    people += [pacer(1 + number, f"right{number}", password_hash) for number in range(RIGHT_COUNT)]
    for number in range(_CONFIRM_COUNT):
        own = 10_000 + number
        people += [pacer(own, f"filer{number}", password_hash), cmecf(own, f"aty{number}", password_hash, COURT)]
    return people


async def _prepare(made: Stage, seals: Seals) -> None:
    """Write the sessions and the proofs of the people who confirm later, as the pages would have."""
    forms, at, prepared = Forms(made.form_secret.encode()), now(), []
    connection = await asyncpg.connect(made.owner_url)
    for number in range(_CONFIRM_COUNT):
        account = str(1_000_000 + 10_000 + number)
        token, row = beginning(SignedIn(account, COURT, "", at, redaction=COURT), SessionLimits())
        await insert(connection, row)
        session = Session(digest(token), Filer(account, "", "", "", upgraded=True), "", at, at, None)
        proven = Proven(
            request_id=uuid7(),
            court_id=COURT,
            pacer_account=account,
            cmecf_canonical=f"aty{number}",
            verifier="accounts:1",
            verified_at=at,
            session=bound_to(session),
        )
        prepared.append((token, seals.token(session.token_hash.hex().encode()), forms.write(proven)))
    await connection.close()
    (made.folder / "confirms.json").write_bytes(orjson.dumps(prepared))


async def _storm(made: Stage, port: int, auth: psutil.Process, seals: Seals) -> dict[str, Any]:
    rate = SIGN_IN_RATE / GENERATOR_COUNT
    names = [f"sign-ins {number}" for number in range(GENERATOR_COUNT)]
    with using() as usage:
        async with _memory(auth) as memory:
            generators = [_generate(made, port, name, rate, str(number)) for number, name in enumerate(names)]
            confirms = _generate(made, port, "confirms", CONFIRM_RATE, str(made.folder / "confirms.json"))
            owner = asyncio.create_task(_owner_s(port, seals))
            *stormed, confirmed = await asyncio.gather(*generators, confirms)
            await owner
        await asyncio.sleep(2)
        after = auth.memory_info().rss
    usage.told("generator", sum(each["cores"] for each in (*stormed, confirmed)))
    print(
        f"storm: auth {memory[0] / 2**20:.0f} MB before, {max(memory) / 2**20:.0f} at most, {after / 2**20:.0f} after"
    )
    print(f"storm: cores: {usage}")
    for kind, statuses in _sum(stormed).items():
        print(f"storm: {kind}: {sum(statuses.values()):,} offered; answered {_by_status(statuses)}")
    print(f"storm: confirm: {_by_status(Counter(confirmed['statuses']['confirm']))}")
    print(f"storm: the worst seconds of the confirmations: {_worst(confirmed['at_s'], confirmed['seconds'])}")
    return {"confirms": confirmed}


async def _generate(made: Stage, port: int, name: str, rate: float, source: str) -> dict[str, Any]:
    told = made.folder / f"{name.replace(' ', '-')}.json"
    arguments = (name.partition(" ")[0], str(port), str(rate), str(SECONDS), str(told), source)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.stormers", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    await process.communicate(made.form_secret.encode() + b"\n")
    if process.returncode:
        raise RuntimeError(f"the generator of {name} failed: see above")
    facts: dict[str, Any] = orjson.loads(told.read_bytes())
    return facts


@asynccontextmanager
async def _memory(process: psutil.Process) -> AsyncGenerator[list[int]]:
    """Look at a process's memory a few times a second."""
    seen = [process.memory_info().rss]

    async def look() -> None:
        while True:
            await asyncio.sleep(0.25)
            seen.append(process.memory_info().rss)

    looking = asyncio.create_task(look())
    yield seen
    looking.cancel()


async def _owner_s(port: int, seals: Seals) -> None:
    await asyncio.sleep(OWNER_AT_S)
    print(f"storm: the owner from a known place: {await _owner(port, seals, KNOWN_ADDRESS)}")
    print(f"storm: the owner from a new place: {await _owner(port, seals, NEW_ADDRESS)}")


async def _owner(port: int, seals: Seals, address: str) -> str:
    """Sign in as the owner, doing what each answer says; return what it took."""
    ticket, started = "", time.monotonic()
    waits: list[int] = []
    for _ in range(_TRIES_MAX):
        answer = await _ask(port, sign_in(seals, VICTIM, PASSWORD, address, ticket=ticket))
        if answer[9:12].decode() == _SEE_OTHER:
            took_s = time.monotonic() - started
            return f"signed in after {took_s:.1f} s, told to wait {waits or 'never'} (seconds)"
        ticket = (_TICKET.findall(answer) or [ticket.encode()])[0].decode()
        told = _WAIT.search(answer)
        if told is None:
            return f"NOT signed in: answered {answer[9:12].decode()}"
        waits.append(int(told[1]))
        await asyncio.sleep(waits[-1])
    return f"NOT signed in after {time.monotonic() - started:.1f} s"


async def _ask(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
    answer = await reader.read()
    writer.close()
    return answer


async def _throttles(made: Stage) -> int:
    """Count the throttles that the guard published."""
    count = 0
    for partition in range(PARTITION_COUNT):
        async with reading(made.kafka, AUTH_THROTTLES.name, partition) as reader:
            async for records in reader.until((await reader.bounds()).end):
                count += sum(1 for record in records if record.value)
    return count


def _sum(told: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    sums: dict[str, Counter[str]] = {}
    for each in told:
        for kind, statuses in each["statuses"].items():
            sums.setdefault(kind, Counter()).update(statuses)
    return sums


def _by_status(statuses: Counter[str]) -> str:
    return ", ".join(
        f"{count:,} x {status if status != '0' else 'nothing'}" for status, count in sorted(statuses.items())
    )


def _worst(at_s: list[float], seconds: list[float]) -> str:
    """Say when those were sent that were answered last, second by second."""
    latest: dict[int, list[float]] = {}
    for at, each in nlargest(_WORST_COUNT, zip(at_s, seconds, strict=True), key=itemgetter(1)):
        latest.setdefault(int(at), []).append(each * 1000)
    return "; ".join(f"{at} s: {len(told)} up to {max(told):.0f} ms" for at, told in sorted(latest.items()))


def _figures(seconds: list[float]) -> list[Figure]:
    histogram = HdrHistogram(1, _US_MAX, 3)
    for each in seconds:
        histogram.record_value(max(1, ceil(each * 1e6)))
    beside = f"{CONFIRM_RATE} confirmations/s under {SIGN_IN_RATE:,} sign-ins/s for {SECONDS} s, open loop"
    points = {"p50": 50.0, "p99": 99.0, "max": 100.0}
    return [
        Figure(f"storm-confirm-{name}", round(histogram.get_value_at_percentile(at) / 1000, 2), "ms", beside)
        for name, at in points.items()
    ]
