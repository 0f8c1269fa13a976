"""One way out of a partition: letters in hand, a batch of them on each connection that is free.

What is in hand is claimed in Postgres, or begun from its birth. Each batch is committed as `transmitting` before its
first letter is begun, and its replies are committed after its last; whatever was not sent by then goes back to the
queue.
"""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from services.notifier.outbox import Outbox
from services.notifier.outcomes import Answer, unsent
from services.notifier.position import Delivery, Position, Settled, State, Superseded
from services.notifier.post import Connection
from services.notifier.sharing import Office
from services.notifier.telling import tell
from services.notifier.waiting import Waiting
from services.runtime.faults import Transient
from services.runtime.patience import Patience

IN_HAND_COUNT_MAX: Final = 1_000
_LOW_COUNT: Final = IN_HAND_COUNT_MAX // 2
CALM_COUNT_MAX: Final = 100
POLL_S: Final = 1.0
ROOM_WAIT_S_MAX: Final = 10.0
STOP_S_MAX: Final = 5.0
FLUSH_S: Final = 1.0
# Of a batch of no more, with a server that keeps up: what a crash can make ambiguous stays little.
BEGUN_COUNT_MAX: Final = 8


class Lanes:
    """Letters of one partition on their way: those of replays, or all others.

    `backlog`: more is due in Postgres than is in hand.
    """

    def __init__(
        self, office: Office, position: Position, outbox: Outbox, patiently: Patience, *, replays: bool = False
    ) -> None:
        self._office = office
        self._post = office.sink if replays else office.post
        self._replays = replays
        self._position = position
        self._outbox = outbox
        self._patiently = patiently
        self._queue = Waiting(office.meters.queue_seconds)
        # What is ours in Postgres: about to be born, in hand, and on its way back into it.
        self._expected: set[UUID] = set()
        self._in_hand: set[UUID] = set()
        self._ending: set[UUID] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._filled = asyncio.Event()
        self._hungry = asyncio.Event()
        self._roomy = asyncio.Event()
        self._calmed = asyncio.Event()
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._doubt_count = 0
        self._sorted_count = 0
        self._strays: list[Delivery] = []
        self._stopping = False
        self.backlog = True

    @property
    def has_room(self) -> bool:
        """Whether more letters may be taken in hand; the last batch may exceed the bound."""
        return len(self._queue) < IN_HAND_COUNT_MAX

    async def room(self) -> None:
        """Wait until letters may be taken in hand as they come; not for long, least of all while the server fails."""
        if self.backlog or not self.has_room:
            self._roomy.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._room_wait_s):
                    await self._roomy.wait()

    @property
    def _room_wait_s(self) -> float:
        # Whoever waits for room reads nothing meanwhile, letters of filers neither: a sink is not worth that.
        if self._replays:
            return 0.0 if self._post.failing else POLL_S
        return POLL_S if self._post.failing else ROOM_WAIT_S_MAX

    @property
    def is_calm(self) -> bool:
        """Whether few letters are in hand and no others are due: the time for what can wait."""
        return not self.backlog and len(self._queue) <= CALM_COUNT_MAX

    async def calm(self) -> bool:
        """Wait until it is calm, but not for long; return whether it is."""
        if not self.is_calm:
            self._calmed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(ROOM_WAIT_S_MAX):
                    await self._calmed.wait()
        return self.is_calm

    def expect(self, ids: set[UUID]) -> State:
        """Say that deliveries are about to be born; return as what: in our hands where there is room.

        A few are begun at once where a connection waits for them: that spares a commit for each.
        """
        if self.backlog or self._in_doubt or not self.has_room:
            return "queued"
        self._expected.update(ids)
        if self._post.at_hand and not self._queue and len(ids) <= self._post.batch_count(BEGUN_COUNT_MAX):
            return "transmitting"
        return "claimed"

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Take deliveries in hand that are claimed or begun; one that is in hand already stays as it is."""
        fresh = {each.delivery_id: each for each in deliveries if each.delivery_id not in self._in_hand}
        self._expected.difference_update(fresh)
        self._in_hand.update(fresh)
        self._queue.extend(fresh.values())
        if self._queue:
            self._filled.set()

    def queued(self, ids: Iterable[UUID]) -> None:
        """Say that deliveries were written to the queue in Postgres, or exist already: they are not in our hands."""
        self._expected.difference_update(ids)
        self.backlog = True
        self._hungry.set()

    def unsure(self, deliveries: Sequence[Delivery]) -> None:
        """Say that nobody knows whether deliveries were born for us: they are sorted out from Postgres."""
        self._doubt_count += 1
        # A copy of one that is on its way was not born: what its row says is the first one's.
        ours = self._in_hand | self._ending
        self._strays += [each for each in deliveries if each.begun and each.delivery_id not in ours]
        self.queued(delivery.delivery_id for delivery in deliveries)

    async def run(self) -> None:
        """Send until cancelled; then finish the letters under way. Raises Superseded where another took over."""
        tasks = [asyncio.create_task(self._feed()), asyncio.create_task(self._dispatch())]
        try:
            await asyncio.wait([*tasks, self._failed], return_when=asyncio.FIRST_COMPLETED)
            for done in (*tasks, self._failed):
                if done.done():
                    done.result()
        finally:
            self._stopping = True
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._wind_down()

    async def _wind_down(self) -> None:
        """Give a letter whose content is on its way some seconds for its reply; give back what was not begun."""
        if self._sending:
            _, late = await asyncio.wait(self._sending, timeout=STOP_S_MAX)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=STOP_S_MAX)
        self._strays += [delivery for delivery in self._queue.rest() if delivery.begun]
        # Otherwise the next owner does it.
        with suppress(Transient):
            await self._give_back([])
        if self._failed.done() and not self._failed.cancelled():
            self._failed.exception()

    async def _feed(self) -> None:
        """Claim what is due whenever there is room: at once while there is a backlog, otherwise now and then."""
        while True:
            if not self.backlog or len(self._queue) > _LOW_COUNT:
                self._hungry.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._hungry.wait()
            if len(self._queue) <= _LOW_COUNT:
                claimed = await self._patiently(lambda: self._claim(_LOW_COUNT))
                self.backlog = len(claimed) == _LOW_COUNT
                self.add(claimed)
                if not self.backlog:
                    self._roomy.set()
                if self.is_calm:
                    self._calmed.set()

    @property
    def _place(self) -> tuple[int, int]:
        return self._position.partition, self._position.epoch

    @property
    def _in_doubt(self) -> bool:
        """Whether something may be ours in Postgres that is not in our hands. Until it is given back, nothing is born
        into them: it would be given back as well.
        """
        return self._doubt_count > self._sorted_count

    async def _claim(self, count_max: int) -> list[Delivery]:
        if self._in_doubt:
            sorted_count = self._doubt_count
            await self._give_back([*self._expected, *self._in_hand, *self._ending])
            self._sorted_count = sorted_count
        try:
            return await self._office.deliveries.claim(*self._place, count_max, replays=self._replays)
        except BaseException:
            self._doubt_count += 1
            raise

    async def _give_back(self, held: Sequence[UUID]) -> None:
        """Queue what is ours in Postgres and not among `held`: it was never sent."""
        strays = self._strays.copy()
        if strays:
            await self._office.deliveries.settle(self._position, [unsent(delivery) for delivery in strays])
            del self._strays[: len(strays)]
        await self._office.deliveries.unclaim_strays(*self._place, held, replays=self._replays)

    async def _dispatch(self) -> None:
        while True:
            await self._filled.wait()
            connection = await self._post.acquire()
            batch = self._queue.take(self._post.batch_count(self._office.batch_count_max))
            if not self._queue:
                self._filled.clear()
            if len(self._queue) <= _LOW_COUNT:
                (self._hungry if self.backlog else self._roomy).set()
            if self.is_calm:
                self._calmed.set()
            self._start(self._transmit(connection, batch))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._sending.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if not task.cancelled() and (trouble := task.exception()) is not None and not self._failed.done():
            self._failed.set_exception(trouble)

    async def _transmit(self, connection: Connection, batch: list[Delivery]) -> None:
        settled: list[Settled] = []
        try:
            await self._send_batch(connection, batch, settled)
        finally:
            # Also when the time to stop has run out: what was answered by then is written down.
            await self._settle(settled)

    async def _send_batch(self, connection: Connection, batch: Sequence[Delivery], settled: list[Settled]) -> None:
        """Send what is still ours of a batch, adding to `settled` how each ended. Returns the connection."""
        lost: Answer | None = None
        waiting = deque(delivery for delivery in batch if delivery.begun)
        try:
            waiting += await self._begin([delivery for delivery in batch if not delivery.begun])
            while waiting and lost is None and connection.open and not self._stopping:
                delivery = waiting.popleft()
                # A server that thinks long about one letter must not keep the replies to the others from being kept.
                late = asyncio.get_running_loop().call_later(FLUSH_S, self._flush, settled)
                try:
                    answer = await self._send(connection, delivery)
                finally:
                    late.cancel()
                lost = answer if answer.code is None else None
                settled.append(unsent(delivery) if answer.before_mail else self._office.rules.settle(delivery, answer))
        finally:
            self._post.release(connection, lost)
            settled.extend(unsent(delivery) for delivery in waiting)

    async def _begin(self, batch: Sequence[Delivery]) -> list[Delivery]:
        """Mark deliveries as transmitting; return those that still were ours."""
        if not batch:
            return []
        ids = await self._patiently(lambda: self._office.deliveries.begin(self._position.epoch, batch))
        begun = [delivery for delivery in batch if delivery.delivery_id in ids]
        if len(begun) < len(batch):
            self._in_hand.difference_update({delivery.delivery_id for delivery in batch} - ids)
            self._start(self._explain(len(batch) - len(begun)))
        return begun

    def _flush(self, settled: list[Settled]) -> None:
        ready = settled.copy()
        settled.clear()
        self._start(self._settle(ready))

    async def _send(self, connection: Connection, delivery: Delivery) -> Answer:
        opened = self._office.seals.opened(delivery)
        if isinstance(opened, Answer):
            return opened
        started = time.monotonic()
        answer = await connection.send(delivery.recipient, opened)
        took_s = time.monotonic() - started
        self._post.took(took_s)
        self._office.meters.send_seconds.observe(took_s)
        return answer

    async def _settle(self, settled: Sequence[Settled]) -> None:
        if not settled:
            return
        ids = {each.delivery.delivery_id for each in settled}
        # One that is queued again may be claimed again before we hear that it was written.
        self._in_hand.difference_update(ids)
        self._ending.update(ids)
        try:
            count = await self._patiently(lambda: self._office.deliveries.settle(self._position, settled))
        finally:
            self._ending.difference_update(ids)
        tell(settled, self._office.meters)
        if any(each.event is not None for each in settled):
            self._outbox.wake()
        if any(each.state == "queued" for each in settled):
            self.queued(())
        if count < len(settled):
            await self._explain(len(settled) - count)

    async def _explain(self, missing: int) -> None:
        """Some were not ours to change: the partition is another's, or a repeated statement had done it already."""
        found = await self._patiently(lambda: self._office.deliveries.position(self._position.partition))
        if found.epoch != self._position.epoch:
            self._office.meters.late_replies.inc(missing)
            raise Superseded
