"""From a record to a request: everything that can be said of one record alone, before any decision.

A record that can never be read becomes a dead letter; a proof with an unknown key stops the batch before that record.
"""

from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

import orjson
from pydantic import ValidationError

from services.contract.envelope import PROOF, REDRIVE_OF, TRACEPARENT, Malformed, replay_run, single, valid_traceparent
from services.contract.ids import link_key, partition_of
from services.contract.requests import LinkRequested
from services.contract.topics import LINK_REQUESTS
from services.linker.keys import Keys, Unhonoured
from services.runtime.memory import digest
from services.runtime.read import Record

VALUE_BYTES_MAX: Final = 32 * 1024
_SOURCE_BYTES_MAX: Final = 200
_SOURCE_COUNT_MAX: Final = 1_000  # remembered, not allowed: the same few come again and again
_FAULT_COUNT_MAX: Final = 3
_EVENT_TYPE: Final = LINK_REQUESTS.event_type.encode()


class Received(NamedTuple):
    """A request that can be decided: its facts, and the exact bytes they came in."""

    record: Record
    request: LinkRequested
    key: bytes
    value: bytes
    digest: bytes
    source: str
    traceparent: bytes | None
    redriven: bool
    replay_run: str | None = None


class DeadLetter(NamedTuple):
    """A record that goes to the dead letters: its bytes, and why. `kind` is one of the table's kinds."""

    offset: int
    kind: str
    detail: str
    key: bytes | None
    headers: bytes
    value: bytes | None
    request_id: UUID | None = None
    proof_key_id: str | None = None


class BadProof(Malformed):
    """The proof does not belong to these bytes, or does not count for them."""


def read(record: Record, keys: Keys, partition_count: int) -> Received | DeadLetter:
    """Read one record. Raises UnknownKey where the proof of a filer's request names a key that is not there."""
    try:
        return _received(record, keys, partition_count)
    except BadProof as fault:
        return buried(record, "bad-proof", str(fault))
    except Malformed as fault:
        return buried(record, "malformed", str(fault))


def _received(record: Record, keys: Keys, partition_count: int) -> Received:
    value = record.value
    if value is None:
        raise Malformed("the record has no value")
    if len(value) > VALUE_BYTES_MAX:
        raise Malformed(f"the value has {len(value)} bytes, {VALUE_BYTES_MAX} is the most")
    headers = single(record.headers)
    run = replay_run(headers)
    _check_proof(headers.get(PROOF), value, keys, run)
    request = _parsed(value)
    _agree(record, headers, request, partition_count)
    return Received(
        record=record,
        request=request,
        key=record.key or b"",
        value=value,
        digest=digest(value),
        source=_source(headers.get("ce_source")),
        traceparent=valid_traceparent(headers.get(TRACEPARENT)),
        redriven=REDRIVE_OF in headers,
        replay_run=run,
    )


def _check_proof(proof: bytes | None, value: bytes, keys: Keys, run: str | None) -> None:
    if proof is None:
        raise BadProof("the record has no proof")
    try:
        fits = keys.verifies(proof, value, replay_run=run)
    except Unhonoured as fault:
        raise BadProof(str(fault)) from None
    if not fits:
        raise BadProof("the proof does not belong to the value")


def _parsed(value: bytes) -> LinkRequested:
    try:
        return LinkRequested.model_validate_json(value)
    except ValidationError as error:
        # Field and rule only: what was in the field is somebody's data.
        faults = error.errors(include_input=False, include_url=False, include_context=False)[:_FAULT_COUNT_MAX]
        detail = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'value'}: {fault['msg']}" for fault in faults
        )
        raise Malformed(detail) from None


def _agree(record: Record, headers: Mapping[str, bytes | None], request: LinkRequested, partition_count: int) -> None:
    # Compared as hex digits: str() of an UUID costs more than reading it.
    if (headers.get("ce_id") or b"").replace(b"-", b"") != b"%032x" % request.request_id.int:
        raise Malformed("ce_id is not the request id of the value")
    if headers.get("ce_type") != _EVENT_TYPE:
        raise Malformed(f"ce_type is not {LINK_REQUESTS.event_type}")
    if record.key != link_key(request.court_id, request.pacer_account):
        raise Malformed("the key is not the court and PACER account of the value")
    if partition_of(record.key, partition_count) != record.partition:
        raise Malformed("the record is not in the partition of its key")


@lru_cache(maxsize=_SOURCE_COUNT_MAX)
def _source(source: bytes | None) -> str:
    if (
        not source
        or len(source) > _SOURCE_BYTES_MAX
        or not source.isascii()
        or not source.decode("ascii").isprintable()
    ):
        raise Malformed("ce_source is missing or not a printable name")
    return source.decode("ascii")


def buried(record: Record, kind: str, detail: str) -> DeadLetter:
    """Return a record as a dead letter. The request id is noted where the value can be read as JSON."""
    proof = next((value or b"" for name, value in record.headers if name == PROOF), b"")
    return DeadLetter(
        offset=record.offset,
        kind=kind,
        detail=_printable(detail),
        key=record.key,
        headers=orjson.dumps(
            [[_printable(name), None if value is None else b64encode(value).decode()] for name, value in record.headers]
        ),
        value=record.value,
        request_id=_request_id(record.value),
        proof_key_id=_printable(proof.decode("ascii", "replace").partition(":")[0][:64]) or None,
    )


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _request_id(value: bytes | None) -> UUID | None:
    try:
        return UUID(orjson.loads(value or b"")["request_id"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
