"""Requests as auth would publish them, for people made up from a number."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.contract.envelope import REPLAY_RUN, Source
from services.contract.proof import KeyRing
from services.contract.requests import LinkRequested, RequestKind
from services.contract.sealed import seal
from services.runtime.publish import Message

PROOF_KEYS = f"k1:{'5a' * 32}"
REHEARSAL_KEYS = f"r1:{'3c' * 32}"
NOON = datetime(2026, 11, 2, 18, 0, tzinfo=UTC)


def requested(number: int, **changes: object) -> LinkRequested:
    """Return the Link request of person `number`; `changes` replace fields."""
    facts = {
        "request_id": UUID(int=(0x0199_0000 << 96) + (7 << 76) + (2 << 62) + number),
        "request": RequestKind.LINK,
        "court_id": "UTBK",
        "court_live_at": NOON - timedelta(days=1),
        "pacer_account": f"{1_000_000 + number}",
        "pacer_name": f"Filer {number}",
        "pacer_email": f"filer{number}@example.org",
        "pacer_upgraded": True,
        "cmecf_login": f"login{number}",
        "cmecf_canonical": f"login{number}",
        "cmecf_name": f"Filer {number}",
        "cmecf_email": f"owner{number}@example.com" if number % 2 else None,
        "verifier_version": "1",
        "verified_at": NOON,
        "confirmed_at": NOON + timedelta(minutes=1),
    }
    return LinkRequested.model_validate(facts | changes)


def message(
    request: LinkRequested, *, source: str = Source.AUTH, value: bytes | None = None, keys: str = PROOF_KEYS
) -> Message:
    """Return the record of a request, signed. Another `value` leaves the proof that of the request."""
    sealed = seal(request, KeyRing.parse(keys), source=source)
    return Message(sealed.key, sealed.value if value is None else value, sealed.headers)


def replayed(asked: Message, run: str) -> Message:
    """Return a record as a replay sends it, marked with its run."""
    return asked._replace(headers=[*asked.headers, (REPLAY_RUN, run.encode())])
