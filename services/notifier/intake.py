"""From records of link-transactions-v1 to written letters: all that can be said without a database. Pure.

A record that can never be read becomes a dead letter and the partition goes on; a gap in the ledger's numbers stops it.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import orjson
from pydantic import ValidationError

from services.contract.envelope import TRACEPARENT, Malformed, replay_run, single, valid_traceparent
from services.contract.fields import Event
from services.contract.ids import delivery_id, ledger_place, link_key
from services.contract.topics import LINK_TRANSACTIONS
from services.contract.transactions import LinkTransaction
from services.notifier.letters.mail import Sender, mail
from services.notifier.letters.write import Writer
from services.notifier.position import DeadLetter, Draft
from services.runtime.faults import Halt
from services.runtime.memory import digest
from services.runtime.read import Record

VALUE_BYTES_MAX: Final = 64 * 1024
_FAULT_COUNT_MAX: Final = 3
_EVENT_TYPE: Final = LINK_TRANSACTIONS.event_type.encode()


class Office(NamedTuple):
    """What it takes to write letters: the words, and whom they are from."""

    writer: Writer
    sender: Sender


class Intake(NamedTuple):
    """A batch of records of one log, judged: what to write down for them in one transaction.

    `last_seq` is that of transactions; notices have no numbers.
    """

    first_offset: int
    next_offset: int
    last_digest: bytes
    last_seq: int
    drafts: list[Draft]
    dead_letters: list[DeadLetter]
    repeated: int


class Marks(NamedTuple):
    """What a transaction's headers hand on to its letters: the trace context, and the replay that it is of."""

    traceparent: bytes | None
    replay_run: str | None


class Stand(NamedTuple):
    """Where the reader stands: the offset it reads next, the last seq applied, and how many partitions there are."""

    next_offset: int
    last_seq: int
    partition_count: int


def judge(records: Sequence[Record], stand: Stand, office: Office) -> Intake:
    """Read records in order and write their letters. Raises Halt at a gap in `seq`, naming it."""
    drafts: list[Draft] = []
    dead_letters: list[DeadLetter] = []
    last_seq, repeated = stand.last_seq, 0
    for record in records:
        try:
            transaction, marks = read(record, stand.partition_count)
        except Malformed as fault:
            dead_letters.append(buried(record, "malformed", str(fault)))
            continue
        if transaction.seq <= last_seq:
            repeated += 1
            continue
        if transaction.seq != last_seq + 1:
            raise Halt(
                f"{record.topic} partition {record.partition} offset {record.offset} jumps from row {last_seq} to row "
                f"{transaction.seq}: were records deleted, or was the notifier's database restored to an earlier state?"
            )
        last_seq = transaction.seq
        drafts += _drafts(transaction, record.key or b"", marks, office)
    last = records[-1]
    return Intake(stand.next_offset, last.offset + 1, digest(last.value), last_seq, drafts, dead_letters, repeated)


def read(record: Record, partition_count: int) -> tuple[LinkTransaction, Marks]:
    """Return a record's transaction, and what its headers add. Raises Malformed, without the payload."""
    headers = single(record.headers)
    transaction = value_of(record, LinkTransaction)
    _agree(record, headers, transaction, partition_count)
    return transaction, Marks(valid_traceparent(headers.get(TRACEPARENT)), replay_run(headers))


def value_of[Value: Event](record: Record, model: type[Value]) -> Value:
    """Return a record's value as its model. Raises Malformed naming fields, without the payload."""
    if record.value is None:
        raise Malformed("the record has no value")
    if len(record.value) > VALUE_BYTES_MAX:
        raise Malformed(f"the value has {len(record.value)} bytes, {VALUE_BYTES_MAX} is the most")
    try:
        return model.model_validate_json(record.value)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)[:_FAULT_COUNT_MAX]
        places = [(".".join(str(part) for part in fault["loc"]) or "value", fault["msg"]) for fault in faults]
        raise Malformed("; ".join(f"{place}: {trouble}" for place, trouble in places)) from None


def _agree(
    record: Record, headers: Mapping[str, bytes | None], transaction: LinkTransaction, partition_count: int
) -> None:
    if headers.get("ce_type") != _EVENT_TYPE:
        raise Malformed(f"ce_type is not {LINK_TRANSACTIONS.event_type}")
    if headers.get("ce_id") != str(transaction.transaction_id).encode():
        raise Malformed("ce_id is not the transaction id of the value")
    if record.key != link_key(transaction.request.court_id, transaction.request.pacer_account):
        raise Malformed("the key is not the court and PACER account of the value")
    try:
        place = ledger_place(transaction.transaction_id, partition_count=partition_count)
    except ValueError as error:
        raise Malformed(str(error)) from None
    if place != (record.partition, transaction.seq):
        raise Malformed("the transaction id is not that of this partition and seq")


def _drafts(transaction: LinkTransaction, key: bytes, marks: Marks, office: Office) -> list[Draft]:
    request = transaction.request
    found = []
    for kind, letter in office.writer.letters(transaction):
        number = delivery_id(transaction.transaction_id, kind)
        message_id, message = mail(letter, office.sender, number, request.confirmed_at)
        found.append(
            Draft(
                number,
                transaction.transaction_id,
                request.request_id,
                kind,
                letter.to_address,
                key,
                marks.traceparent,
                message_id,
                message,
                replay_run=marks.replay_run,
            )
        )
    return found


def buried(record: Record, kind: str, detail: str) -> DeadLetter:
    """Return a record as a dead letter, byte for byte."""
    headers = [
        [_printable(name), None if value is None else b64encode(value).decode()] for name, value in record.headers
    ]
    return DeadLetter(
        record.topic,
        record.partition,
        record.offset,
        kind,
        _printable(detail),
        record.key,
        orjson.dumps(headers),
        record.value,
    )


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
