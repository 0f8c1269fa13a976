"""`mail-deliveries-v1`: how each letter about a transaction fared with the mail server."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from services.contract.fields import Event, Positive


class LetterKind(StrEnum):
    """The letters: the record to the PACER account's address, the notice to the CM/ECF account's own."""

    RECORD = "record"
    OWNER_NOTICE = "owner-notice"


class DeliveryState(StrEnum):
    """The states that leave the notifier: `deferred` will be tried again, the others are final."""

    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    BOUNCED = "bounced"
    HELD = "held"


class MailDelivered(Event):
    """One change of state of one letter. The address is not in it; the transaction has it."""

    delivery_id: UUID
    transaction_id: Positive
    request_id: UUID
    letter: LetterKind
    state: DeliveryState
    attempts: Positive
    changed_at: AwareDatetime
