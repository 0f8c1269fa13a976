"""Reading one record: what is accepted, and what becomes a dead letter with which reason."""

from dataclasses import replace

import pytest

from services.contract.envelope import PROOF
from services.contract.proof import KeyRing, UnknownKey
from services.linker.intake import VALUE_BYTES_MAX, DeadLetter, Received, read
from services.linker.keys import Keys
from services.runtime.publish import Message
from tests.linking.records import FakeRecord, record
from tests.linking.requests import PROOF_KEYS, message, requested

PARTITION_COUNT = 3
RING = KeyRing.parse(PROOF_KEYS)
KEYS = Keys(RING)
GOOD = record(message(requested(1)), partition_count=PARTITION_COUNT)


def judged(spoiled: FakeRecord) -> Received | DeadLetter:
    return read(spoiled, KEYS, PARTITION_COUNT)


def signed(value: bytes) -> FakeRecord:
    """Return the good record with another value and a proof that belongs to it."""
    headers = tuple((name, RING.sign(value) if name == PROOF else content) for name, content in GOOD.headers)
    return replace(GOOD, value=value, headers=headers)


def headed(name: str, value: bytes | None) -> FakeRecord:
    return replace(GOOD, headers=tuple((each, value if each == name else content) for each, content in GOOD.headers))


def test_a_request_as_auth_sends_it_is_received() -> None:
    received = judged(GOOD)
    assert isinstance(received, Received)
    assert received.request == requested(1)


@pytest.mark.parametrize(
    "spoiled,kind,detail",
    [
        (replace(GOOD, value=None), "malformed", "no value"),
        (replace(GOOD, value=b"x" * (VALUE_BYTES_MAX + 1)), "malformed", "bytes"),
        (replace(GOOD, value=(GOOD.value or b"") + b" "), "bad-proof", "does not belong"),
        (replace(GOOD, headers=GOOD.headers[:-1]), "bad-proof", "no proof"),
        (replace(GOOD, headers=(*GOOD.headers, GOOD.headers[-1])), "malformed", "stands twice"),
        (signed(b"{"), "malformed", "value:"),
        (signed(b"[]"), "malformed", "value:"),
        (signed(b"\xff\xfe"), "malformed", "value:"),
        (signed((GOOD.value or b"").replace(b"UTBK", b"utbk")), "malformed", "court_id:"),
        (signed((GOOD.value or b"").replace(b"Filer 1", b"Filer\\r\\nBcc: x")), "malformed", "name:"),
        (signed((GOOD.value or b"").replace(b'"Link"', b'"Unlink"')), "malformed", "names its reason"),
        (headed("ce_id", b"another"), "malformed", "ce_id"),
        (headed("ce_type", b"another"), "malformed", "ce_type"),
        (headed("ce_source", None), "malformed", "ce_source"),
        (headed("ce_source", b"\xff"), "malformed", "ce_source"),
        (replace(GOOD, key=b"UTBK:1"), "malformed", "key"),
        (replace(GOOD, key=None), "malformed", "key"),
        (replace(GOOD, partition=GOOD.partition ^ 1), "malformed", "partition"),
    ],
)
def test_spoiled_record_is_buried(spoiled: FakeRecord, kind: str, detail: str) -> None:
    letter = judged(spoiled)
    assert isinstance(letter, DeadLetter)
    assert letter.kind == kind
    assert detail in letter.detail
    assert (letter.key, letter.value) == (spoiled.key, spoiled.value)


def test_unknown_key_is_not_garbage() -> None:
    other = message(requested(1), keys=f"k9:{'77' * 32}")
    with pytest.raises(UnknownKey, match="k9"):
        judged(record(other, partition_count=PARTITION_COUNT))


def test_dead_letter_tells_no_field_content() -> None:
    letter = judged(signed((GOOD.value or b"").replace(b"filer1@example.org", b"not-an-address")))
    assert isinstance(letter, DeadLetter)
    assert "not-an-address" not in letter.detail


def test_dead_letter_keeps_request_id_and_key_id() -> None:
    letter = judged(headed("ce_id", b"another"))
    assert isinstance(letter, DeadLetter)
    assert (letter.request_id, letter.proof_key_id) == (requested(1).request_id, "k1")


def test_any_bytes_and_headers_are_judged() -> None:
    wild = Message(b"\x00", b"\x00\xff", [("\x00", b"\x00"), (PROOF, b"\xff:\xff")])
    with pytest.raises(UnknownKey):
        judged(record(wild, partition_count=PARTITION_COUNT))
