"""The events that leave the notifier: one for each change of a delivery that others are told of. Pure."""

from datetime import datetime
from typing import NamedTuple

import orjson

from services.contract.deliveries import LetterKind, MailDelivered
from services.contract.envelope import REPLAY_RUN, Headers, Source, envelope
from services.contract.topics import MAIL_DELIVERIES
from services.notifier.position import Settled


class Event(NamedTuple):
    """What stands in the outbox: headers as `pack` makes them, and the value's bytes. Both None: nothing leaves."""

    headers: bytes | None
    value: bytes | None


def event_of(settled: Settled, changed_at: datetime) -> Event:
    """Return the event of an attempt's end. Its id is derived from delivery and attempt: a copy is known as one."""
    delivery = settled.delivery
    if settled.event is None or delivery.transaction_id is None or delivery.request_id is None:
        return Event(None, None)  # of notices no event leaves
    value = MailDelivered(
        delivery_id=delivery.delivery_id,
        transaction_id=delivery.transaction_id,
        request_id=delivery.request_id,
        letter=LetterKind(delivery.letter),
        state=settled.event,
        attempts=delivery.number,
        changed_at=changed_at,
    ).encode()
    headers = envelope(
        ce_id=f"{delivery.delivery_id}:{delivery.number}",
        ce_type=MAIL_DELIVERIES.event_type,
        source=Source.NOTIFIER,
        time=changed_at,
        traceparent=delivery.traceparent,
    )
    if delivery.replay_run is not None:
        headers.append((REPLAY_RUN, delivery.replay_run.encode()))
    return Event(pack(headers), value)


def pack(headers: Headers) -> bytes:
    """Return headers as the outbox keeps them: a JSON list of [name, value]. All of ours are ASCII."""
    return orjson.dumps([(name, value.decode("ascii")) for name, value in headers])


def unpack(packed: bytes) -> Headers:
    """Return the headers that `pack` kept."""
    return [(name, value.encode("ascii")) for name, value in orjson.loads(packed)]
