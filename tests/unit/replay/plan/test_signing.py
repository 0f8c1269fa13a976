"""The quick signer against the contract's own."""

from hypothesis import given
from hypothesis import strategies as st

from services.contract.proof import KeyRing
from services.replay.plan.signing import Signer
from tests.unit.replay.plan.recorded import patient


@patient
@given(key=st.binary(min_size=32, max_size=32), value=st.binary(max_size=500))
def test_proof_is_the_contracts(key: bytes, value: bytes) -> None:
    ring = KeyRing({"first": key, "second": bytes(32)})
    assert Signer(ring)(value) == ring.sign(value)


def test_many_proofs_are_those_of_one_by_one() -> None:
    signer = Signer(KeyRing({"first": bytes(range(32))}))
    assert signer.many([b"one", b"two"]) == [signer(b"one"), signer(b"two")]
