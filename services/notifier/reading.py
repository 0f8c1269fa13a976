"""The reading side of a partition: from the records of a log to letters in Postgres, in hand where there is room."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from services.notifier.intake import Intake, buried
from services.notifier.logs import Log
from services.notifier.meters import Meters
from services.notifier.position import Delivery, Draft, Fenced, State
from services.notifier.ways import Ways
from services.runtime.database import DataFault
from services.runtime.faults import Halt
from services.runtime.log import log
from services.runtime.memory import digest
from services.runtime.patience import Patience
from services.runtime.read import Record

STOP_S_MAX: Final = 5.0


class Seekable(Protocol):
    """The reader of the log's records."""

    def seek(self, offset: int) -> None: ...


class Reading:
    """Takes the records of one log in, batch by batch."""

    def __init__(self, source: Log, ways: Ways, meters: Meters, patiently: Patience) -> None:
        self._log = source
        self._ways = ways
        self._meters = meters
        self._patiently = patiently

    async def take(self, reader: Seekable, records: Sequence[Record]) -> None:
        """Write a batch's letters down and take them in hand where there is room. Raises Superseded or Halt."""
        intake = self._log.judge(records)
        try:
            await self._write(records, intake)
        except Fenced as fenced:
            reader.seek(self._log.find_again(fenced.position))

    async def _write(self, records: Sequence[Record], intake: Intake) -> None:
        """Write a batch; where Postgres refuses its data, its halves, down to the one record that is then buried."""
        states = self._ways.expecting(intake.drafts)
        letters = [_delivery(draft, state) for draft, state in zip(intake.drafts, states, strict=True)]
        try:
            with self._meters.take_in_seconds.time():
                born = await self._patiently(lambda: self._take_in(intake, states))
        except (DataFault, Fenced, asyncio.CancelledError) as trouble:
            self._ways.unsure(letters)
            if not isinstance(trouble, DataFault):
                raise
            await self._split(records, trouble)
            return
        self._log.took(intake)
        self._count(intake)
        in_hand = {letter.delivery_id for letter, state in zip(letters, states, strict=True) if state != "queued"}
        self._hand_out(letters, in_hand & {draft.delivery_id for draft in born})

    async def _take_in(self, intake: Intake, states: Sequence[State]) -> list[Draft]:
        """Write a batch once. When it is time to stop, what is being written is waited for: it may be begun."""
        writing = asyncio.ensure_future(self._log.take_in(intake, states=states))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait({writing}, timeout=STOP_S_MAX)
            writing.cancel()
            # What it raises is nobody's business any more.
            await asyncio.gather(writing, return_exceptions=True)
            raise

    def _hand_out(self, letters: Sequence[Delivery], ours: set[UUID]) -> None:
        """Give each way the letters that it has in hand now, and tell it of those that are not."""
        for lanes, theirs in self._ways.parted(letters):
            lanes.add(letter for letter in theirs if letter.delivery_id in ours)
            if others := {letter.delivery_id for letter in theirs} - ours:
                lanes.queued(others)

    async def _split(self, records: Sequence[Record], fault: DataFault) -> None:
        if len(records) > 1:
            half = len(records) // 2
            for part in (records[:half], records[half:]):
                await self._write(part, self._log.judge(part))
            return
        only = records[0]
        letter = buried(only, "data-error", f"Postgres refused it: SQLSTATE {fault.sqlstate}")
        # Its row of the ledger is answered by this dead letter, so the next one follows on it.
        judged = self._log.judge(records)
        if not judged.drafts:
            raise Halt(f"Postgres refuses even the dead letter of offset {only.offset}: {fault}") from fault
        await self._write(records, judged._replace(drafts=[], dead_letters=[letter], last_digest=digest(only.value)))

    def _count(self, intake: Intake) -> None:
        meters = self._meters
        meters.letters.inc(len(intake.drafts))
        meters.repeated.inc(intake.repeated)
        meters.dead_letters.inc(len(intake.dead_letters))
        for letter in intake.dead_letters:
            log.error("record.buried", partition=letter.partition, offset=letter.offset, cause=letter.detail)


def _delivery(draft: Draft, state: State) -> Delivery:
    return Delivery(
        draft.delivery_id,
        draft.transaction_id,
        draft.request_id,
        draft.letter,
        draft.recipient,
        draft.key,
        draft.traceparent,
        draft.message,
        sealed=draft.sealed,
        expires_at=draft.expires_at,
        replay_run=draft.replay_run,
        begun=state == "transmitting",
    )
