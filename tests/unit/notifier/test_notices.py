"""From records of notices to letters: what is read, what is buried, and how a code is kept."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from services.contract.deliveries import LetterKind
from services.contract.noticekeys import NoticeKeys, code_info
from services.contract.notices import NoticeKind
from services.notifier.events import event_of
from services.notifier.notices import NoticeOffice, judge_notices
from services.notifier.outcomes import Answer, Rules, Stage
from services.notifier.position import Delivery, Draft
from services.notifier.seals import Seals
from tests.unit.notifier.noticing import CODE, EXPIRES, KEYS, MOMENT, OFFICE, PARTITION_COUNT, Arrived, arrived, notice

_GOOD = arrived(notice(NoticeKind.PASSWORD_CHANGED))
# The ends of the calendar: neither has a local time at every place.
_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12)))
_RULES = Rules(retry_delay_s_min=60, retry_delay_s_max=14_400, deferral_s_max=259_200, ambiguous_max=1)


def _drafts(*records: Arrived, office: NoticeOffice = OFFICE) -> list[Draft]:
    return judge_notices(records, 0, PARTITION_COUNT, office).drafts


def _delivery(draft: Draft) -> Delivery:
    facts = draft._asdict()
    return Delivery(**{name: facts[name] for name in Delivery._fields if name in facts})


@pytest.mark.parametrize("kind", NoticeKind)
def test_each_kind_becomes_one_letter_to_its_filer(kind: NoticeKind) -> None:
    made = notice(kind)
    (draft,) = _drafts(arrived(made))
    assert (draft.letter, draft.notice_id, draft.recipient) == (kind, made.notice_id, made.recipient_email)
    assert (draft.transaction_id, draft.request_id) == (None, None)


def test_a_copy_in_the_same_batch_is_written_once() -> None:
    record = arrived(notice(NoticeKind.SECURITY_CODE))
    intake = judge_notices([record, record], 0, PARTITION_COUNT, OFFICE)
    assert (len(intake.drafts), intake.repeated) == (1, 1)


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind is not NoticeKind.SECURITY_CODE])
def test_a_replay_makes_the_same_letter(kind: NoticeKind) -> None:
    assert _drafts(arrived(notice(kind))) == _drafts(arrived(notice(kind)))


def test_a_letter_with_a_code_is_closed_and_opens_to_the_same_bytes_each_time() -> None:
    (draft,) = _drafts(arrived(notice(NoticeKind.SECURITY_CODE)))
    assert draft.sealed
    assert draft.expires_at == EXPIRES
    assert CODE.encode() not in draft.message
    opened = OFFICE.seals.opened(_delivery(draft))
    assert isinstance(opened, bytes)
    assert CODE.encode() in opened
    assert opened == OFFICE.seals.opened(_delivery(draft))


def test_a_closed_letter_opens_for_its_own_delivery_alone() -> None:
    (draft,) = _drafts(arrived(notice(NoticeKind.SECURITY_CODE)))
    answer = OFFICE.seals.opened(_delivery(draft)._replace(delivery_id=UUID(int=9)))
    assert isinstance(answer, Answer)
    assert "not for this place; not sent" in answer.text


@pytest.mark.parametrize("late_s, sent", [(-1, True), (0, False), (3600, False)])
def test_a_code_is_not_sent_once_it_has_expired(late_s: int, sent: bool) -> None:  # noqa: FBT001 - a row of the table
    (draft,) = _drafts(arrived(notice(NoticeKind.SECURITY_CODE)))
    answer = Seals(KEYS, lambda: EXPIRES + timedelta(seconds=late_s)).opened(_delivery(draft))
    assert isinstance(answer, bytes) is sent
    if isinstance(answer, Answer):
        settled = _RULES.settle(_delivery(draft), answer)
        assert settled.state == "bounced"
        assert "expired, not sent" in settled.reply


def test_of_a_notice_no_event_leaves() -> None:
    (draft,) = _drafts(arrived(notice(NoticeKind.PASSWORD_CHANGED)))
    settled = _RULES.settle(_delivery(draft), Answer(Stage.RCPT, 550, "no such user"))
    assert settled.event is not None
    assert event_of(settled, MOMENT) == (None, None)
    of_a_transaction = settled._replace(
        delivery=_delivery(draft)._replace(transaction_id=10_001, request_id=UUID(int=1), letter=LetterKind.RECORD)
    )
    assert event_of(of_a_transaction, MOMENT).value is not None


@pytest.mark.parametrize(
    "record",
    [
        arrived(notice(NoticeKind.PASSWORD_CHANGED), value=None),
        arrived(notice(NoticeKind.PASSWORD_CHANGED), value=b"\xff"),
        arrived(notice(NoticeKind.PASSWORD_CHANGED), value=b'{"kind":"security-code"}'),
        arrived(notice(NoticeKind.PASSWORD_CHANGED), value=b'"' + b"x" * 70_000 + b'"'),
        arrived(notice(NoticeKind.PASSWORD_CHANGED, noted_at=_FIRST)),
        arrived(notice(NoticeKind.COURT_LIVE, live_at=_LAST)),
        arrived(notice(NoticeKind.PASSWORD_CHANGED), key=b"7654321"),
        arrived(notice(NoticeKind.PASSWORD_CHANGED), key=None),
        arrived(notice(NoticeKind.PASSWORD_CHANGED), headers=()),
        arrived(notice(NoticeKind.PASSWORD_CHANGED), headers=(("ce_id", b"1"), ("ce_id", b"1"))),
        arrived(notice(NoticeKind.PASSWORD_CHANGED), partition=(_GOOD.partition + 1) % PARTITION_COUNT),
        arrived(notice(NoticeKind.PASSWORD_CHANGED), headers=arrived(notice(NoticeKind.COURT_LIVE, number=2)).headers),
    ],
)
def test_what_cannot_be_read_is_buried_whole_and_the_next_one_is_written(record: Arrived) -> None:
    intake = judge_notices([record, arrived(notice(NoticeKind.COURT_LIVE, number=3), offset=1)], 0, 3, OFFICE)
    (letter,) = intake.dead_letters
    assert (letter.kind, letter.offset, letter.key, letter.value) == ("malformed", 0, record.key, record.value)
    assert len(intake.drafts) == 1
    assert intake.next_offset == 2


def test_a_code_for_a_key_that_we_lack_is_buried_and_names_the_key() -> None:
    office = OFFICE._replace(seals=Seals(NoticeKeys.parse(f"newest:{'0c' * 32}"), lambda: MOMENT))
    intake = judge_notices([arrived(notice(NoticeKind.SECURITY_CODE))], 0, PARTITION_COUNT, office)
    assert "sealed to key 'new', which is not in NOTICE_KEYS" in intake.dead_letters[0].detail
    assert not intake.drafts


@pytest.mark.parametrize("content", [b"", b"1" * 65, b"\xff\xff", b"1234\r\n.\r\n"])
def test_what_was_sealed_and_is_no_code_is_buried(content: bytes) -> None:
    sealed = KEYS.current.seal(content, code_info(UUID(int=1)))
    record = arrived(notice(NoticeKind.SECURITY_CODE, sealed_code=sealed))
    (letter,) = judge_notices([record], 0, PARTITION_COUNT, OFFICE).dead_letters
    assert letter.detail == "what was sealed is not a code"


def test_a_code_sealed_to_an_older_key_is_kept_under_the_current_one() -> None:
    sealed = KEYS.public[1].seal(CODE.encode(), code_info(UUID(int=1)))
    (draft,) = _drafts(arrived(notice(NoticeKind.SECURITY_CODE, sealed_code=sealed)))
    assert draft.message.startswith(b"new:")
