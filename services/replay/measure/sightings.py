"""What the records of an output topic say of requests: which one, when, and how it ended. Pure, and cheap.

Ids are found by a search for bytes and turned into numbers a batch at a time; JSON is only parsed where that fails.
"""

from binascii import unhexlify
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np
import orjson

from services.contract.deliveries import DeliveryState, LetterKind
from services.contract.transactions import TransactionStatus
from services.replay.measure.timings import NO_ID, Flags, Ids, Seconds
from services.runtime.read import Record

_ID: Final = b'"request_id":"'
_ID_LENGTH: Final = 36
_REJECTED: Final = f'"status":"{TransactionStatus.REJECTED}"'.encode()
# The status stands before the request, whose texts are the filer's.
_STATUS_WITHIN: Final = 160
_ACCEPTED: Final = f'"state":"{DeliveryState.ACCEPTED}"'.encode()
_RECORD: Final = f'"letter":"{LetterKind.RECORD}"'.encode()
_CHANGED: Final = b'"changed_at":"'
# The low 64 bits of an id as text: 8-4-4-4-12 digits, the last two groups.
_LOW_DIGITS: Final = np.array([*range(19, 23), *range(24, 36)])
_MS_PER_S: Final = 1_000


class Seen(NamedTuple):
    """What a batch said: the low 64 bits of each request's id, the wall-clock second, and which were rejected."""

    ids: Ids
    at_s: Seconds
    rejected: Flags


Reading = Callable[[Sequence[Record]], Seen]


def transactions_seen(records: Sequence[Record]) -> Seen:
    """Read records of link-transactions-v1. The linker stamps them right after its commit, in whole milliseconds: the
    end of that millisecond counts, so that no duration is told too short.
    """
    values = [record.value or b"" for record in records]
    stamped = np.array([record.timestamp for record in records], dtype=np.float64)
    rejected = np.array([value.find(_REJECTED, 0, _STATUS_WITHIN) >= 0 for value in values], dtype=np.bool_)
    return Seen(_ids(values, _id_in_transaction), (stamped + 1) / _MS_PER_S, rejected)


def deliveries_seen(records: Sequence[Record]) -> Seen:
    """Read records of mail-deliveries-v1: of each record letter that was accepted, when the mail server said so."""
    found = [record.value for record in records if record.value is not None]
    values = [value for value in found if _ACCEPTED in value and _RECORD in value]
    return Seen(_ids(values, _id_on_top), _changed(values), np.zeros(len(values), dtype=np.bool_))


def _ids(values: Sequence[bytes], otherwise: Callable[[Any], object]) -> Ids:
    places = [value.find(_ID) for value in values]
    texts = [
        value[place + len(_ID) : place + len(_ID) + _ID_LENGTH] for value, place in zip(values, places, strict=True)
    ]
    if min(places, default=-1) < 0:
        return _each(values, otherwise)
    try:
        digits = np.frombuffer(b"".join(texts), dtype=np.uint8).reshape(len(values), _ID_LENGTH)
        low = unhexlify(digits[:, _LOW_DIGITS].tobytes())
    except ValueError:
        return _each(values, otherwise)
    return np.frombuffer(low, dtype=">u8").astype(np.uint64)


def _each(values: Sequence[bytes], otherwise: Callable[[Any], object]) -> Ids:
    return np.array([_parsed(value, otherwise) for value in values], dtype=np.uint64)


def _parsed(value: bytes, look: Callable[[Any], object]) -> int:
    try:
        text = str(look(orjson.loads(value))).replace("-", "")
        return int(text, 16) & 0xFFFF_FFFF_FFFF_FFFF
    except (ValueError, KeyError, TypeError):
        return NO_ID


def _id_in_transaction(facts: Any) -> object:  # noqa: ANN401 - parsed JSON
    return facts["request"]["request_id"]


def _id_on_top(facts: Any) -> object:  # noqa: ANN401
    return facts["request_id"]


def _changed(values: Sequence[bytes]) -> Seconds:
    """Return the instants of `changed_at`: RFC 3339 in UTC, as the contract's models write them."""
    starts = [value.rfind(_CHANGED) + len(_CHANGED) for value in values]
    texts = [value[start : value.find(b'Z"', start)] for value, start in zip(values, starts, strict=True)]
    try:
        moments = np.array(texts, dtype="S26").astype("datetime64[us]").astype(np.int64)
    except ValueError:
        return np.array([_instant(value) for value in values], dtype=np.float64)
    seconds: Seconds = moments / 1_000_000
    return seconds


def _instant(value: bytes) -> float:
    try:
        return datetime.fromisoformat(orjson.loads(value)["changed_at"]).timestamp()
    except (ValueError, KeyError, TypeError):
        return float("nan")
