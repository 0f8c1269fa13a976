"""What the numbers and the log say of attempts that ended."""

from collections.abc import Sequence
from typing import Final

from services.notifier.meters import Meters
from services.notifier.position import Settled
from services.runtime.log import log

# A line per letter at the pace of people; in a flood only what went wrong.
LOGGED_COUNT_MAX: Final = 8


def tell(settled: Sequence[Settled], meters: Meters) -> None:
    """Count a batch of attempts, and log each, or what went wrong."""
    for each in settled:
        meters.attempts.labels(each.outcome).inc()
        meters.states.labels(each.state).inc()
        if each.delivery.transaction_id is None:
            meters.notices.labels(each.delivery.letter, each.state).inc()
        if each.state in {"held", "bounced"}:
            say = log.error
        elif len(settled) <= LOGGED_COUNT_MAX:
            say = log.info
        else:
            continue
        say(
            f"letter.{each.state}",
            letter=each.delivery.letter,
            request_id=each.delivery.request_id and str(each.delivery.request_id),
            delivery_id=str(each.delivery.delivery_id),
            reply=each.reply,
        )
