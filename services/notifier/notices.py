"""From records of filer-notices-v1 to written letters: all that can be said without a database.

A record that can never be read, or whose code cannot be opened, becomes a dead letter and the partition goes on. Copies
are harmless: a notice has one delivery, whose id is derived from the notice's.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from services.contract.envelope import TRACEPARENT, Malformed, single, valid_traceparent
from services.contract.ids import notice_delivery_id, partition_of
from services.contract.noticekeys import CannotUnseal
from services.contract.notices import FilerNotified, notice_key
from services.contract.topics import FILER_NOTICES
from services.notifier.intake import Intake, buried, value_of
from services.notifier.letters.mail import Sender, mail
from services.notifier.letters.notices import NoticeWriter
from services.notifier.position import DeadLetter, Draft
from services.notifier.seals import Seals
from services.runtime.memory import digest
from services.runtime.read import Record

_EVENT_TYPE: Final = FILER_NOTICES.event_type.encode()


class NoticeOffice(NamedTuple):
    """What it takes to write the letters of notices: the words, whom they are from, and the keys for codes."""

    writer: NoticeWriter
    sender: Sender
    seals: Seals


def judge_notices(records: Sequence[Record], next_offset: int, partition_count: int, office: NoticeOffice) -> Intake:
    """Read records in order and write their letters. Nothing here stops a partition."""
    drafts: dict[UUID, Draft] = {}
    dead_letters: list[DeadLetter] = []
    repeated = 0
    for record in records:
        try:
            notice, traceparent = read_notice(record, partition_count)
            # A copy in the same batch would be in hand twice; one of an earlier batch conflicts in Postgres.
            if notice.notice_id in drafts:
                repeated += 1
                continue
            drafts[notice.notice_id] = _draft(notice, record.key or b"", traceparent, office)
        except (Malformed, CannotUnseal) as fault:
            dead_letters.append(buried(record, "malformed", str(fault)))
        except OverflowError:  # a time at the edge of the calendar has no local time
            dead_letters.append(buried(record, "malformed", "a time of the notice is out of range"))
    last = records[-1]
    return Intake(next_offset, last.offset + 1, digest(last.value), 0, [*drafts.values()], dead_letters, repeated)


def read_notice(record: Record, partition_count: int) -> tuple[FilerNotified, bytes | None]:
    """Return a record's notice and trace context. Raises Malformed, without the payload."""
    headers = single(record.headers)
    notice = value_of(record, FilerNotified)
    _agree(record, headers, notice, partition_count)
    return notice, valid_traceparent(headers.get(TRACEPARENT))


def _agree(record: Record, headers: Mapping[str, bytes | None], notice: FilerNotified, partition_count: int) -> None:
    if headers.get("ce_type") != _EVENT_TYPE:
        raise Malformed(f"ce_type is not {FILER_NOTICES.event_type}")
    if headers.get("ce_id") != str(notice.notice_id).encode():
        raise Malformed("ce_id is not the notice id of the value")
    if record.key != notice_key(notice):
        raise Malformed("the key is not the account of the value")
    if partition_of(record.key, partition_count) != record.partition:
        raise Malformed("the key does not belong to this partition")


def _draft(notice: FilerNotified, key: bytes, traceparent: bytes | None, office: NoticeOffice) -> Draft:
    number = notice_delivery_id(notice.notice_id)
    letter = office.writer.letter(notice, code=office.seals.code(notice))
    message_id, message = mail(letter, office.sender, number, notice.noted_at)
    sealed = notice.sealed_code is not None
    return Draft(
        number,
        None,
        None,
        notice.kind,
        letter.to_address,
        key,
        traceparent,
        message_id,
        office.seals.close(message, number) if sealed else message,
        notice.notice_id,
        sealed,
        notice.expires_at if sealed else None,
    )
