"""From records to letters: what is read, repeated, buried, and what stops a partition."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from services.contract.envelope import Source, envelope
from services.contract.ids import link_key, transaction_id
from services.contract.topics import LINK_TRANSACTIONS
from services.notifier.intake import Office, Stand, judge
from services.notifier.letters.write import Writer
from services.runtime.faults import Halt
from tests.unit.notifier.writing import SENDER, OneCourt, transaction

OFFICE = Office(Writer(OneCourt()), SENDER)
STAND = Stand(next_offset=0, last_seq=0, partition_count=3)


@dataclass
class Arrived:
    """A record as Kafka gives it."""

    offset: int
    value: bytes | None
    key: bytes | None = b"UTBK:111111"
    headers: tuple[tuple[str, bytes | None], ...] = field(default_factory=tuple)
    topic: str = "link-transactions-v1"
    partition: int = 1
    timestamp: int = 0


def arrived(seq: int, offset: int | None = None, **changes: object) -> Arrived:
    """Return row `seq` of partition 1 as the linker publishes it."""
    number = transaction_id(partition=1, seq=seq, partition_count=3)
    made = transaction().model_copy(update={"transaction_id": number, "seq": seq})
    about = envelope(
        ce_id=str(number),
        ce_type=LINK_TRANSACTIONS.event_type,
        source=Source.LINKER,
        time=made.request.confirmed_at,
    )
    place = seq - 1 if offset is None else offset
    facts: dict[str, Any] = {"value": made.encode(), "key": link_key("UTBK", "111111"), "headers": tuple(about)}
    return Arrived(offset=place, **(facts | changes))


def test_rows_in_order_become_letters() -> None:
    intake = judge([arrived(1), arrived(2)], STAND, OFFICE)
    assert [draft.transaction_id for draft in intake.drafts] == [10_002, 10_005]
    assert (intake.next_offset, intake.last_seq) == (2, 2)


def test_a_replay_makes_the_same_ids_and_bytes() -> None:
    assert judge([arrived(1)], STAND, OFFICE).drafts == judge([arrived(1)], STAND, OFFICE).drafts


def test_letter_of_a_replay_names_its_run_and_is_the_same_otherwise() -> None:
    record = arrived(1)
    marked = replace(record, headers=(*record.headers, ("replayrun", b"run-1")))
    (draft,) = judge([marked], STAND, OFFICE).drafts
    assert draft == judge([record], STAND, OFFICE).drafts[0]._replace(replay_run="run-1")


def test_rows_that_come_again_are_counted_and_skipped() -> None:
    intake = judge([arrived(1), arrived(2, offset=2), arrived(1, offset=3)], Stand(1, 1, 3), OFFICE)
    assert (len(intake.drafts), intake.repeated, intake.last_seq) == (1, 2, 2)


def test_a_gap_stops_and_says_where() -> None:
    with pytest.raises(Halt, match="offset 7 jumps from row 1 to row 3"):
        judge([arrived(1), arrived(3, offset=7)], STAND, OFFICE)


@pytest.mark.parametrize(
    "record",
    [
        arrived(1, value=None),
        arrived(1, value=b""),
        arrived(1, value=b"\xff\xfe"),
        arrived(1, value=b'{"transaction_id":1}'),
        arrived(1, value=b'"' + b"x" * 70_000 + b'"'),
        arrived(1, key=b"UTBK:999999"),
        arrived(1, key=None),
        arrived(1, headers=()),
        arrived(1, headers=(("ce_id", b"1"), ("ce_id", b"1"))),
        arrived(1, headers=(("ce_\x00\ud800", None),)),
        arrived(1, partition=2),
    ],
)
def test_what_cannot_be_read_is_buried_whole(record: Arrived) -> None:
    intake = judge([record, arrived(1, offset=1)], STAND, OFFICE)
    (letter,) = intake.dead_letters
    assert (letter.offset, letter.key, letter.value) == (record.offset, record.key, record.value)
    assert "\x00" not in letter.detail
    # The wrong partition's twin is no row of this one either way; all others are followed by a good row.
    assert len(intake.drafts) == 1
