"""What each answer of a mail server means."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.contract.deliveries import DeliveryState, LetterKind
from services.notifier.events import event_of, unpack
from services.notifier.outcomes import Answer, Rules, Stage
from services.notifier.position import Delivery

RULES = Rules(retry_delay_s_min=60, retry_delay_s_max=14_400, deferral_s_max=259_200, ambiguous_max=1)


def delivery(*, ambiguous: int = 0, age_s: float = 0.0) -> Delivery:
    letter = Delivery(UUID(int=1), 10_005, UUID(int=2), LetterKind.RECORD, "a@example.org", b"k", None, b"m\r\n")
    return letter._replace(ambiguous=ambiguous, age_s=age_s)


@pytest.mark.parametrize(
    "stage, code, state",
    [
        (Stage.CONTENT, 250, "accepted"),
        (Stage.CONTENT, 451, "deferred"),
        (Stage.CONTENT, 554, "bounced"),
        (Stage.CONTENT, None, "ambiguous"),
        (Stage.CONTENT, 354, "ambiguous"),
        (Stage.DATA, None, "deferred"),
        (Stage.DATA, 250, "deferred"),
        (Stage.RCPT, 550, "bounced"),
        (Stage.RCPT, 452, "deferred"),
        (Stage.MAIL, 530, "deferred"),
        (Stage.MAIL, 421, "deferred"),
    ],
)
def test_an_answer_decides_the_state(stage: Stage, code: int | None, state: str) -> None:
    assert RULES.settle(delivery(), Answer(stage, code, "text")).state == state


def test_ambiguous_once_too_often_is_held() -> None:
    settled = RULES.settle(delivery(ambiguous=1), Answer(Stage.CONTENT, None, "lost"))
    assert (settled.outcome, settled.state, settled.event) == ("ambiguous", "held", DeliveryState.HELD)


def test_waits_double_within_their_bounds() -> None:
    assert [RULES.delay_s(count) for count in (0, 1, 2, 7, 8, 9, 1_000)] == [60, 120, 240, 7680, 14_400, 14_400, 14_400]


def test_a_letter_put_off_for_days_is_given_up() -> None:
    settled = RULES.settle(delivery(age_s=300_000.0), Answer(Stage.RCPT, 451, "later"))
    assert settled.state == "bounced"
    assert "given up after 83 hours" in settled.reply


def test_a_reply_is_kept_short_and_printable() -> None:
    reply = str(Answer(Stage.RCPT, 550, "no\r\n\x00such" + "x" * 9_000))
    assert reply.startswith("RCPT: 550 no   such")
    assert len(reply) == 500


def test_event_of_a_replays_letter_names_its_run() -> None:
    settled = RULES.settle(delivery()._replace(replay_run="run-1"), Answer(Stage.CONTENT, 250, "kept"))
    packed = event_of(settled, datetime(2026, 11, 2, tzinfo=UTC)).headers
    assert ("replayrun", b"run-1") in unpack(packed or b"")
