"""The generators of `storm`, each a process of its own: `python -m bench.stormers sign-ins|confirms PORT FILE …`.

Open loop: every request has its instant, and is timed from it, so that waiting behind others counts. Connections are
kept; a request that finds none free waits for one, and that wait counts too.
"""

import asyncio
import gc
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import orjson
import uvloop

from services.auth.portal.cookies import NONCE, SESSION
from services.auth.portal.seals import Seals

CONNECTION_COUNT: Final = 200
WAITING_COUNT_MAX: Final = 5_000
PASSWORD: Final = "Bench-Pacer-1"  # noqa: S105 - of accounts that live for one run
VICTIM: Final = "attacked.account"
RIGHT_COUNT: Final = 400
COURT: Final = "UTBK"
# Of a thousand: tries at one account from everywhere, tries at many accounts from one network, right passwords.
SHARES: Final = {"one account": 600, "one network": 380, "right": 20}
_LEAD_S: Final = 1.0


class Job(NamedTuple):
    """A request and what kind of one it is."""

    kind: str
    data: bytes


class Result(NamedTuple):
    """How one ended: its status, and the seconds from its instant to the answer's last byte. 0: it was not answered.

    `at_s`: its instant, in seconds of the run.
    """

    kind: str
    status: int
    seconds: float
    at_s: float


def form(path: str, fields: dict[str, str], cookie: str, address: str) -> bytes:
    """Return a posted form as bytes."""
    body = urlencode(fields)
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nX-Forwarded-For: {address}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def sign_in(seals: Seals, login: str, password: str, address: str, **more: str) -> bytes:
    """Return a sign-in with a token and a nonce that fit, as from a page that was opened before."""
    nonce = "bench-storm"
    fields = {"csrf": seals.token(nonce.encode()), "username": login, "password": password, "client_code": "", **more}
    return form(f"/{COURT}/sign-in", fields, f"{NONCE}={nonce}", address)


def sign_ins(seals: Seals, seed: int) -> Iterator[Job]:
    """Make tries without end."""
    chance = random.Random(seed)
    kinds, weights = list(SHARES), list(SHARES.values())
    while True:
        kind = chance.choices(kinds, weights)[0]
        number = chance.randrange(100_000)
        match kind:
            case "one account":
                address = f"10.{number % 20}.{number // 20 % 100}.{number % 250 + 1}"
                yield Job(kind, sign_in(seals, VICTIM, f"Wrong-Password-{number}", address))
            case "one network":
                address = f"203.0.113.{number % 250 + 1}"
                yield Job(kind, sign_in(seals, f"somebody{number}", "Wrong-Password-1", address))
            case _:
                number %= RIGHT_COUNT
                address = f"172.{16 + number // 200}.{number % 200}.7"
                yield Job(kind, sign_in(seals, f"right{number}", PASSWORD, address))


def confirms(file: Path) -> Iterator[Job]:
    """Read the confirmations that were prepared: session, form token of the page, token of the question."""
    for session, csrf, question in orjson.loads(file.read_bytes()):
        fields = {"csrf": csrf, "form_token": question}
        yield Job("confirm", form(f"/{COURT}/link/confirm", fields, f"{SESSION}={session}", "192.0.2.99"))


class Connections:
    """A few kept connections, which take jobs in their order."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._jobs: asyncio.Queue[tuple[Job, float]] = asyncio.Queue(maxsize=WAITING_COUNT_MAX)
        self._started = 0.0
        self.results: list[Result] = []

    async def run(self, jobs: Iterator[Job], rate: float, seconds: float) -> None:
        """Send jobs at their instants for so many seconds, then wait for the last answers."""
        workers = [asyncio.create_task(self._work()) for _ in range(CONNECTION_COUNT)]
        self._started = started = time.monotonic() + _LEAD_S
        for number in range(int(rate * seconds)):
            at = started + number / rate
            job = next(jobs)
            pause_s = at - time.monotonic()
            if pause_s > 0:
                await asyncio.sleep(pause_s)
            try:
                self._jobs.put_nowait((job, at))
            except asyncio.QueueFull:
                self.results.append(Result(job.kind, 0, 0.0, at - started))
        await self._jobs.join()
        for worker in workers:
            worker.cancel()

    async def _work(self) -> None:
        held: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while True:
            job, at = await self._jobs.get()
            status = 0
            for _ in range(2):  # a kept connection may have been ended meanwhile
                try:
                    held = held or await asyncio.open_connection("127.0.0.1", self._port)
                    status = await self._ask(*held, job.data)
                    break
                except (ConnectionError, asyncio.IncompleteReadError):
                    held = None
            self.results.append(Result(job.kind, status, time.monotonic() - at, at - self._started))
            self._jobs.task_done()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> int:
        writer.write(data)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length or 0))
        return int(head[9:12])


async def main(what: str, port: int, rate: float, seconds: float, told: Path, source: str) -> None:
    """Send, then write what became of it."""
    connections = Connections(port)
    used = time.process_time()
    jobs = confirms(Path(source)) if what == "confirms" else sign_ins(Seals(sys.stdin.readline().strip()), int(source))
    await connections.run(jobs, rate, seconds)
    statuses: dict[str, Counter[str]] = {}
    for each in connections.results:
        statuses.setdefault(each.kind, Counter())[str(each.status)] += 1
    facts: dict[str, Any] = {"statuses": statuses, "cores": (time.process_time() - used) / (seconds + _LEAD_S)}
    if what == "confirms":
        facts["seconds"] = [each.seconds for each in connections.results]
        facts["at_s"] = [each.at_s for each in connections.results]
    told.write_bytes(orjson.dumps(facts))


if __name__ == "__main__":
    gc.disable()  # it ends before there is much to collect
    uvloop.run(
        main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), Path(sys.argv[5]), sys.argv[6])
    )
