"""What records of the output topics say, in our services' bytes and in anybody's."""

import json
from datetime import UTC, datetime
from uuid import UUID

from services.contract.deliveries import DeliveryState, LetterKind, MailDelivered
from services.contract.transactions import LinkTransaction, Reason, TransactionStatus
from services.replay.measure.sightings import deliveries_seen, transactions_seen
from tests.linking.records import FakeRecord
from tests.linking.requests import requested

LOW = 2**64 - 1
MOMENT = datetime(2026, 11, 2, 18, 0, 0, 250_000, tzinfo=UTC)


def record(value: bytes | None, timestamp_ms: int = 0) -> FakeRecord:
    return FakeRecord(0, 0, b"k", value, (), timestamp=timestamp_ms)


def transaction(number: int, status: TransactionStatus = TransactionStatus.PROCESSED, **changes: object) -> bytes:
    reason = Reason.NOT_LINKED if status is TransactionStatus.REJECTED else None
    request = requested(number, **changes)
    return LinkTransaction(transaction_id=10_001, seq=1, status=status, reason=reason, request=request).encode()


def delivery(number: int, **changes: object) -> bytes:
    facts = {"letter": LetterKind.RECORD, "state": DeliveryState.ACCEPTED, "changed_at": MOMENT} | changes
    about = {"delivery_id": UUID(int=number), "transaction_id": 1, "request_id": requested(number).request_id}
    return MailDelivered.model_validate(about | {"attempts": 1} | facts).encode()


def low(number: int) -> int:
    return requested(number).request_id.int & LOW


def test_transactions_say_id_time_and_outcome() -> None:
    values = [transaction(1), transaction(2, TransactionStatus.REJECTED)]
    seen = transactions_seen([record(value, 1_790_000_000_123) for value in values])
    assert seen.ids.tolist() == [low(1), low(2)]
    assert seen.at_s.tolist() == [1_790_000_000.124] * 2
    assert seen.rejected.tolist() == [False, True]


def test_filer_cannot_write_an_id_or_an_outcome_into_a_name() -> None:
    name = '"request_id":"00000000-0000-0000-0000-000000000001","status":"Rejected"'
    seen = transactions_seen([record(transaction(1, pacer_name=name))])
    assert (seen.ids.tolist(), seen.rejected.tolist()) == ([low(1)], [False])


def test_other_json_is_parsed_and_what_is_none_has_no_id() -> None:
    spaced = json.dumps(json.loads(transaction(1)), indent=1).encode()
    values = [transaction(2), spaced, b"{", None, b"1" * 60, b'{"request": 1}']
    assert transactions_seen([record(value) for value in values]).ids.tolist() == [low(2), low(1), 0, 0, 0, 0]


def test_digits_without_a_name_are_no_id() -> None:
    assert transactions_seen([record(b"1" * 60), record(transaction(1))]).ids.tolist() == [0, low(1)]


def test_record_letters_that_were_accepted_count() -> None:
    others = [delivery(2, state=DeliveryState.DEFERRED), delivery(3, letter=LetterKind.OWNER_NOTICE)]
    seen = deliveries_seen([record(value) for value in [delivery(1), *others, None]])
    assert (seen.ids.tolist(), seen.at_s.tolist()) == ([low(1)], [MOMENT.timestamp()])


def test_times_with_and_without_a_fraction_are_read() -> None:
    whole = MOMENT.replace(microsecond=0)
    seen = deliveries_seen([record(delivery(1)), record(delivery(2, changed_at=whole))])
    assert seen.at_s.tolist() == [MOMENT.timestamp(), whole.timestamp()]


def test_time_that_is_none_marks_nothing() -> None:
    broken = delivery(1).replace(b"2026-11-02", b"2026-99-02")
    assert str(deliveries_seen([record(broken)]).at_s.tolist()) == "[nan]"


def test_no_records_say_nothing() -> None:
    assert len(transactions_seen([]).ids) == len(deliveries_seen([]).ids) == 0
