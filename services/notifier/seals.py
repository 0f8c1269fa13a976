"""One-time codes inside the notifier: opened to be written into a letter, and the whole letter closed again.

A letter with a code lies in Postgres closed with the notifier's own current key; it is opened for sending alone.
"""

from typing import Final
from uuid import UUID

from services.contract.noticekeys import CannotUnseal, NoticeKeys, code_info
from services.contract.notices import FilerNotified
from services.notifier.outcomes import Answer, Stage
from services.notifier.position import Delivery
from services.runtime.clock import Clock

_LETTER: Final = b"ecflink letter:"
_CODE_LENGTH_MAX: Final = 64
# Bad destination mailbox or system: a reply of our own in place of the server's, as it is never asked.
_NOT_SENT: Final = 554


class Seals:
    """Opens what auth sealed, and keeps our letters closed."""

    def __init__(self, keys: NoticeKeys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def code(self, notice: FilerNotified) -> str:
        """Return the code of a notice; empty where it has none. Raises CannotUnseal with what to do."""
        if notice.sealed_code is None:
            return ""
        try:
            code = self._keys.unseal(notice.sealed_code, code_info(notice.notice_id)).decode()
        except UnicodeDecodeError:
            code = ""
        if not code.isprintable() or not 0 < len(code) <= _CODE_LENGTH_MAX:
            raise CannotUnseal("what was sealed is not a code")
        return code

    def close(self, message: bytes, delivery_id: UUID) -> bytes:
        """Return a letter as Postgres keeps it: it opens for this delivery alone."""
        return self._keys.current.seal(message, _info(delivery_id)).encode()

    def opened(self, delivery: Delivery) -> bytes | Answer:
        """Return the bytes to send, the same each time; or the answer of a letter that may no longer be sent."""
        if delivery.expires_at is not None and delivery.expires_at <= self._clock():
            return Answer(Stage.MAIL, _NOT_SENT, "expired, not sent")
        if not delivery.sealed:
            return delivery.message
        try:
            return self._keys.unseal(delivery.message.decode("ascii", "replace"), _info(delivery.delivery_id))
        except CannotUnseal as fault:
            return Answer(Stage.MAIL, _NOT_SENT, f"{fault}; not sent")


def _info(delivery_id: UUID) -> bytes:
    return _LETTER + delivery_id.bytes
