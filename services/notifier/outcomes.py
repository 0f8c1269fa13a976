"""What the mail server's answer means for a letter: pure, without a clock.

2xx to the content: accepted. 4xx: put off. 5xx: bounced. No answer once the content was begun: ambiguous, as nobody can
say whether the server has it. No answer before that: it surely has not.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from services.contract.deliveries import DeliveryState
from services.notifier.position import Delivery, Settled

_REPLY_LENGTH_MAX: Final = 500
_DOUBLINGS_MAX: Final = 30
_FINAL_CLASSES: Final = (2, 4, 5)
# 5xx that speak of our own sign-in, not of the letter (RFC 4954): bouncing would punish letters for a wrong setting.
_OUR_FAULT_CODES: Final = frozenset({530, 534, 535, 538})


class Stage(StrEnum):
    """How far the conversation about one letter came."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    CONTENT = "content"


class Answer(NamedTuple):
    """The server's last reply about a letter; `code` is None where the connection was lost or the wait ran out."""

    stage: Stage
    code: int | None
    text: str

    @property
    def accepted(self) -> bool:
        """Whether the server took the letter."""
        return self.stage is Stage.CONTENT and self.code is not None and 200 <= self.code < 300  # noqa: PLR2004 - SMTP's 2xx

    @property
    def before_mail(self) -> bool:
        """Whether the connection ended before the server said a word about this letter, as one kept too long does."""
        return self.stage is Stage.MAIL and self.code is None

    @property
    def unknown(self) -> bool:
        """Whether the server may have the letter without having said so."""
        return self.stage is Stage.CONTENT and (self.code is None or self.code // 100 not in _FINAL_CLASSES)

    @property
    def refused(self) -> bool:
        """Whether the server refused this letter for good."""
        return self.code is not None and 500 <= self.code < 600 and self.code not in _OUR_FAULT_CODES  # noqa: PLR2004 - SMTP's 5xx

    def __str__(self) -> str:
        text = "".join(character if character.isprintable() else " " for character in self.text)
        told = f"{self.stage}: {text}" if self.code is None else f"{self.stage}: {self.code} {text}"
        return told.encode("utf-8", "replace").decode()[:_REPLY_LENGTH_MAX]


@dataclass(frozen=True)
class Rules:
    """The bounds of patience: seconds, and how often an ambiguous letter is sent again."""

    retry_delay_s_min: float
    retry_delay_s_max: float
    deferral_s_max: float
    ambiguous_max: int

    def settle(self, delivery: Delivery, answer: Answer) -> Settled:
        """Return how an attempt ended and what becomes of the delivery."""
        reply = str(answer)
        if answer.accepted:
            return Settled(delivery, "accepted", reply, "accepted", event=DeliveryState.ACCEPTED)
        if answer.unknown:
            return self._ambiguous(delivery, reply)
        if answer.refused:
            return Settled(delivery, "bounced", reply, "bounced", event=DeliveryState.BOUNCED)
        if delivery.age_s > self.deferral_s_max:
            given_up = f"given up after {delivery.age_s / 3600:.0f} hours: {reply}"
            return Settled(delivery, "bounced", given_up, "bounced", event=DeliveryState.BOUNCED)
        return Settled(
            delivery, "deferred", reply, "deferred", self.delay_s(delivery.deferrals), DeliveryState.DEFERRED
        )

    def crashed(self, delivery: Delivery) -> Settled:
        """Return what becomes of a letter whose owner vanished between `transmitting` and the reply."""
        return self._ambiguous(delivery, "the notifier that sent it ended before the reply", delay_s=0.0)

    def delay_s(self, deferrals: int) -> float:
        """Return how long to wait after that many deferrals: doubling, within the bounds."""
        return min(self.retry_delay_s_max, self.retry_delay_s_min * 2.0 ** min(deferrals, _DOUBLINGS_MAX))

    def _ambiguous(self, delivery: Delivery, reply: str, delay_s: float | None = None) -> Settled:
        if delivery.ambiguous >= self.ambiguous_max:
            return Settled(delivery, "ambiguous", reply, "held", event=DeliveryState.HELD)
        wait_s = self.retry_delay_s_min if delay_s is None else delay_s
        return Settled(delivery, "ambiguous", reply, "ambiguous", wait_s)


def unsent(delivery: Delivery) -> Settled:
    """Return a letter that was made ready but never begun to the queue."""
    return Settled(delivery, "not-sent", "the connection ended before its turn", "queued")
