"""A request sealed for its way: the value's exact bytes, the key, the envelope, and the proof over the value."""

from typing import NamedTuple

from services.contract.envelope import PROOF, Headers, envelope
from services.contract.ids import link_key
from services.contract.proof import KeyRing
from services.contract.requests import LinkRequested
from services.contract.topics import LINK_REQUESTS


class Sealed(NamedTuple):
    """What is published of a request."""

    key: bytes
    value: bytes
    headers: Headers


def seal(request: LinkRequested, key_ring: KeyRing, *, source: str, traceparent: bytes | None = None) -> Sealed:
    """Return a request ready to publish, signed with the ring's signing key. `source` is its `ce_source`."""
    value = request.encode()
    about = envelope(
        ce_id=str(request.request_id),
        ce_type=LINK_REQUESTS.event_type,
        source=source,
        time=request.confirmed_at,
        traceparent=traceparent,
    )
    key = link_key(request.court_id, request.pacer_account)
    return Sealed(key, value, [*about, (PROOF, key_ring.sign(value))])
