"""The wait of letters: from their taking in to their first attempt, once each."""

from uuid import uuid4

from prometheus_client import CollectorRegistry

from services.contract.deliveries import LetterKind
from services.notifier.meters import Meters
from services.notifier.position import Delivery
from services.notifier.waiting import Waiting


def letter(*, attempts: int = 0, age_s: float = 0.0) -> Delivery:
    return Delivery(
        uuid4(), 1, uuid4(), LetterKind.RECORD, "a@example.org", b"k", None, b"", attempts=attempts, age_s=age_s
    )


def measured(*letters: Delivery, take: int = 10) -> tuple[float | None, float | None]:
    """Return how many waits were measured, and their sum in seconds."""
    registry = CollectorRegistry()
    waiting = Waiting(Meters(registry).queue_seconds)
    waiting.extend(letters)
    waiting.take(take)
    return (
        registry.get_sample_value("ecflink_notifier_queue_seconds_count"),
        registry.get_sample_value("ecflink_notifier_queue_seconds_sum"),
    )


def test_wait_counts_what_was_before_it_came_into_hand() -> None:
    count, total_s = measured(letter(age_s=5.0), letter())
    assert (count, (total_s or 0) >= 5.0) == (2, True)


def test_second_attempt_is_no_wait() -> None:
    assert measured(letter(attempts=1, age_s=5.0)) == (0, 0)


def test_letters_leave_in_the_order_in_which_they_came() -> None:
    letters = [letter() for _ in range(3)]
    waiting = Waiting(Meters(CollectorRegistry()).queue_seconds)
    waiting.extend(letters)
    assert (waiting.take(2), waiting.take(5), len(waiting)) == (letters[:2], letters[2:], 0)
