"""The player through the front door: at its instant each walk begins, beside all others that are still under way."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final, NamedTuple

import httpx

from services.contract.proof import KeyRing
from services.contract.replays import mark
from services.replay.front_door.agenda import Agenda, Walk, WrongPassword
from services.replay.front_door.visitor import Stopped, Visitor, address_of, shared_connections
from services.replay.front_door.walk import Confirm, Refused, to_the_question, try_password
from services.replay.front_door.walked import Book
from services.replay.run.players import Paced, Share
from services.runtime.faults import Transient

WALK_COUNT_MAX: Final = 2_000
"""Under way at a time in one worker; beyond it walks begin late, which the generator's delay shows."""
FULL_PAUSE_S: Final = 0.005
FINISH_S_MAX: Final = 5.0


class Door(NamedTuple):
    """Where the walks go, and whose key marks them as a replay's."""

    url: str
    ring: KeyRing


class _Asked(NamedTuple):
    """Who asked the question last, and its form: a copy of the request is the same form again."""

    visitor: Visitor
    confirm: Confirm


class FrontDoorPlayer(Paced):
    """See `run.players.Player`. A record counts as acknowledged when auth says "received", or that it cannot be."""

    def __init__(self, share: Share, agenda: Agenda, door: Door, book: Book) -> None:
        super().__init__(share)
        self._agenda = agenda
        self._url = door.url
        self._mark = mark(agenda.run, door.ring)
        self._book = book
        self._connections: httpx.AsyncBaseTransport = shared_connections()
        self._under_way: set[asyncio.Task[None]] = set()
        self._asked: dict[str, asyncio.Future[_Asked]] = {}
        self._failure: BaseException | None = None
        self.trouble = ""

    async def start(self) -> None:
        """See that the front door answers and takes our mark. Raises Transient."""
        visitor = self._visitor("")
        try:
            page = await visitor.get("/")
        except Stopped as stopped:
            raise Transient(f"the front door {self._url} does not answer: {stopped}") from None
        if page.status != httpx.codes.OK:
            raise Transient(f"the front door {self._url} turns the replay away: {page.text.strip()[:200]}")

    async def close(self) -> None:
        """Give walks that are still under way a moment, then end them."""
        self._hush()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FINISH_S_MAX)
        left: list[asyncio.Future[Any]] = [*self._under_way, *self._asked.values()]
        for future in left:
            future.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._connections.aclose()
        self._book.close()
        if self._failure is not None:
            raise self._failure

    def _play(self) -> None:
        share, now_s = self._share, self._share.watch.now_s()
        due = min(share.timeline.due(now_s), self._until)
        first = self._at
        while self._at < due and len(self._under_way) < WALK_COUNT_MAX:
            self._start(self._visit(self._at))
            self._at += 1
        share.sent.hand(first, self._at, share.watch.now_s())
        if self.over or self._alarm is None:
            return
        behind = self._at < due
        self._alarm.set(now_s + FULL_PAUSE_S if behind else share.timeline.next_s(self._at, now_s))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._failure = self._failure or failure
            self.halt()

    async def _visit(self, position: int) -> None:
        """Do what one record asks for, and note what came of it."""
        record = self._share.part[position]
        index = record[0]
        try:
            match self._agenda.wish(record):
                case Walk() as walk:
                    await self._link(index, walk)
                case WrongPassword() as wrong:
                    await try_password(self._visitor(wrong.account.login), wrong.court_id, wrong.account)
        except Refused as refused:
            self._book.refused(index, str(refused))
        except Stopped as stopped:
            self._book.stopped(index, str(stopped))
            self.trouble = str(stopped)
            self._share.sent.fail(1)
            return
        self._share.sent.acknowledge([position], -1, self._share.watch.now_s())

    async def _link(self, index: int, walk: Walk) -> None:
        asked = self._asked.get(walk.request_id)
        if asked is not None:
            before = await asyncio.shield(asked)
            await before.confirm.send(before.visitor)
            return
        before = await self._to_the_question(walk)
        self._book.asked(index, before.confirm.request_id, walk.key)
        receipt = await before.confirm.send(before.visitor)
        self._book.received(index)
        self._start(_read(before.visitor, receipt))

    async def _to_the_question(self, walk: Walk) -> _Asked:
        """Walk there; how it ended is kept where the same request comes again."""
        if walk.request_id not in self._agenda.repeated:
            return await self._walked(walk)
        asked = self._asked[walk.request_id] = asyncio.ensure_future(self._walked(walk))
        return await asyncio.shield(asked)

    async def _walked(self, walk: Walk) -> _Asked:
        visitor = self._visitor(walk.pacer_account)
        return _Asked(visitor, await to_the_question(visitor, walk.errand))

    def _visitor(self, account: str) -> Visitor:
        return Visitor(self._connections, self._url, self._mark, address_of(account))


async def _read(visitor: Visitor, receipt: str) -> None:
    """Load the receipt, as whoever confirmed does; what it shows is measured elsewhere."""
    with suppress(Stopped):
        await visitor.get(receipt)
