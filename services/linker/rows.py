"""From outcomes to ledger rows: numbers, the exact bytes that will be published, and the hash chain.

The request's own bytes stand inside the transaction's value, so nothing is encoded a second time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from services.contract.envelope import REPLAY_RUN, TRACEPARENT, Headers, Source, envelope, instant
from services.contract.ids import transaction_id
from services.contract.topics import LINK_TRANSACTIONS
from services.linker.chain import Links, chained
from services.linker.decide import Outcome
from services.linker.intake import Received
from services.runtime.publish import Message


class Row(NamedTuple):
    """One row of the ledger, in the order of its columns."""

    partition: int
    seq: int
    transaction_id: int
    request_id: UUID
    request_offset: int
    request_digest: bytes
    request_source: str
    key: bytes
    headers: bytes
    value: bytes
    hash: bytes


COLUMNS: Final = Row._fields

# The envelope is the same in each row but for id, time and trace: its constant parts are made once.
_VERSION, _, _TYPE, _SOURCE, _, _CONTENT = envelope(
    ce_id="", ce_type=LINK_TRANSACTIONS.event_type, source=Source.LINKER, time=datetime.min.replace(tzinfo=UTC)
)


def pack(headers: Headers) -> bytes:
    """Return headers as the ledger keeps them: a JSON list of [name, value]. All of ours are ASCII."""
    return orjson.dumps([(name, value.decode("ascii")) for name, value in headers])


# Around the id, the time and the trace of a packed envelope.
_PACKED: Final = tuple(
    pack([_VERSION, ("ce_id", b"\x00"), _TYPE, _SOURCE, ("ce_time", b"\x00"), _CONTENT])
    .decode()
    .removesuffix("]")
    .split("\\u0000")
)


class Numbering(NamedTuple):
    """Where a partition's ledger stands: the next `seq`, and the hash of the last row."""

    partition: int
    partition_count: int
    next_seq: int
    last_hash: bytes

    def ids(self, count: int) -> list[int]:
        """Return the transaction ids of the next rows."""
        return [
            transaction_id(partition=self.partition, seq=seq, partition_count=self.partition_count)
            for seq in range(self.next_seq, self.next_seq + count)
        ]


class Written(NamedTuple):
    """Rows ready to commit, and the same as messages ready to publish."""

    rows: list[Row]
    messages: list[Message]


def write(received: Sequence[Received], outcomes: Sequence[Outcome], at: Numbering) -> Written:
    """Return the ledger rows of decided requests, chained on from where the ledger stands."""
    rows: list[Row] = []
    messages: list[Message] = []
    last = at.last_hash
    for seq, (request, outcome) in enumerate(zip(received, outcomes, strict=True), start=at.next_seq):
        value = _value(request, outcome, seq)
        headers, packed = _headers(request, outcome)
        last = chained(
            last,
            Links(
                outcome.transaction_id,
                request.record.offset,
                request.digest,
                request.source,
                request.key,
                packed,
                value,
            ),
        )
        rows.append(
            Row(
                at.partition,
                seq,
                outcome.transaction_id,
                request.request.request_id,
                request.record.offset,
                request.digest,
                request.source,
                request.key,
                packed,
                value,
                last,
            )
        )
        messages.append(Message(request.key, value, headers))
    return Written(rows, messages)


def _value(request: Received, outcome: Outcome, seq: int) -> bytes:
    reason = f',"reason":"{outcome.reason}"' if outcome.reason is not None else ""
    cites = f',"cites":{outcome.cites}' if outcome.cites is not None else ""
    facts = (
        f'{{"transaction_id":{outcome.transaction_id},"seq":{seq},"status":"{outcome.status}"{reason}{cites},"request":'
    )
    return b"".join((facts.encode(), request.value, b"}"))


def _headers(request: Received, outcome: Outcome) -> tuple[Headers, bytes]:
    """Return the envelope of a transaction, and the same as `pack` packs it, put together once."""
    time = instant(request.request.confirmed_at)
    about = str(outcome.transaction_id)
    headers = [_VERSION, ("ce_id", about.encode()), _TYPE, _SOURCE, ("ce_time", time.encode()), _CONTENT]
    packed = f"{_PACKED[0]}{about}{_PACKED[1]}{time}{_PACKED[2]}"
    if request.traceparent is not None:
        headers.append((TRACEPARENT, request.traceparent))
        packed += f',["{TRACEPARENT}","{request.traceparent.decode("ascii")}"]'
    if request.replay_run is not None:
        headers.append((REPLAY_RUN, request.replay_run.encode()))
        packed += f',["{REPLAY_RUN}","{request.replay_run}"]'
    return headers, f"{packed}]".encode()


def unpack(packed: bytes) -> Headers:
    """Return the headers that `pack` kept, byte for byte."""
    return [(name, value.encode("ascii")) for name, value in orjson.loads(packed)]
