"""Replays at the linker: which record counts with which key, with rehearsal mode on and off."""

import pytest

from services.contract.proof import KeyRing, UnknownKey
from services.linker.intake import DeadLetter, Received, read
from services.linker.keys import Keys
from services.runtime.publish import Message
from tests.linking.records import record
from tests.linking.requests import PROOF_KEYS, REHEARSAL_KEYS, message, replayed, requested

OFF = Keys(KeyRing.parse(PROOF_KEYS))
ON = Keys(KeyRing.parse(PROOF_KEYS), KeyRing.parse(REHEARSAL_KEYS, "REHEARSAL_KEYS"))
STRANGER = f"k9:{'77' * 32}"


def judged(asked: Message, keys: Keys) -> Received | DeadLetter:
    return read(record(asked, partition_count=1), keys, 1)


def signed(keys: str) -> Message:
    return message(requested(1), keys=keys)


@pytest.mark.parametrize("keys", [PROOF_KEYS, REHEARSAL_KEYS], ids=["proof-key", "rehearsal-key"])
def test_replay_is_received_in_rehearsal_mode(keys: str) -> None:
    received = judged(replayed(signed(keys), "run-1"), ON)
    assert isinstance(received, Received)
    assert received.replay_run == "run-1"


@pytest.mark.parametrize(
    "keys", [PROOF_KEYS, REHEARSAL_KEYS, STRANGER], ids=["proof-key", "rehearsal-key", "unknown-key"]
)
def test_replay_is_buried_without_rehearsal_mode(keys: str) -> None:
    letter = judged(replayed(signed(keys), "run-1"), OFF)
    assert isinstance(letter, DeadLetter)
    assert (letter.kind, letter.detail) == ("bad-proof", "the record is of the replay run-1, and REHEARSAL is off here")


@pytest.mark.parametrize("keys", [OFF, ON], ids=["off", "on"])
def test_request_of_a_filer_counts_either_way(keys: Keys) -> None:
    received = judged(signed(PROOF_KEYS), keys)
    assert isinstance(received, Received)
    assert received.replay_run is None


def test_rehearsal_key_makes_no_request_of_a_filer() -> None:
    letter = judged(signed(REHEARSAL_KEYS), ON)
    assert isinstance(letter, DeadLetter)
    assert letter.detail == "signed by a rehearsal key, but the record has no header replayrun"


def test_replay_with_an_unknown_key_stops_nobody() -> None:
    letter = judged(replayed(signed(STRANGER), "run-1"), ON)
    assert isinstance(letter, DeadLetter)
    assert "neither in REHEARSAL_KEYS nor in PROOF_KEYS" in letter.detail


@pytest.mark.parametrize("keys", [OFF, ON], ids=["off", "on"])
def test_request_of_a_filer_waits_for_its_key(keys: Keys) -> None:
    with pytest.raises(UnknownKey, match="k9"):
        judged(signed(STRANGER), keys)


@pytest.mark.parametrize("keys", [PROOF_KEYS, REHEARSAL_KEYS], ids=["proof-key", "rehearsal-key"])
def test_replay_whose_value_was_changed_is_buried(keys: str) -> None:
    spoiled = message(requested(1), keys=keys, value=b"{}")
    letter = judged(replayed(spoiled, "run-1"), ON)
    assert isinstance(letter, DeadLetter)
    assert letter.detail == "the proof does not belong to the value"


@pytest.mark.parametrize("run", ["", "two words", "x" * 65, "ü"], ids=["empty", "blank", "long", "not-ascii"])
def test_run_that_is_no_id_is_malformed(run: str) -> None:
    letter = judged(replayed(signed(PROOF_KEYS), run), ON)
    assert isinstance(letter, DeadLetter)
    assert letter.kind == "malformed"
