"""Password hashes of other systems: published vectors of each scheme, what is refused, and what is hashed anew."""

import base64

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from services.auth.signon.hashes import HASHER, acceptable, matches, normalized, stale


def _plain(text: bytes) -> str:
    return base64.b64encode(text).decode().rstrip("=")


def _dotted(text: bytes) -> str:
    return _plain(text).replace("+", ".")


# RFC 7914, sections 11 and 12: the first 32 bytes of each output.
_PBKDF2_SHA256 = bytes.fromhex("4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56")
_SCRYPT = bytes.fromhex("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2")
# PBKDF2-HMAC-SHA512, 4096 rounds, as the usual extension of RFC 6070's cases has it.
_PBKDF2_SHA512 = bytes.fromhex(
    "d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5"
    "143f30602641b3d55cd335988cb36b84376060ecd532e039b742a239434af2d5"
)
_VECTORS = [
    ("Password", f"$pbkdf2-sha256$80000${_dotted(b'NaCl')}${_dotted(_PBKDF2_SHA256)}"),
    ("password", f"$pbkdf2-sha512$4096${_dotted(b'salt')}${_dotted(_PBKDF2_SHA512)}"),
    ("pleaseletmein", f"$scrypt$ln=14,r=8,p=1${_plain(b'SodiumChloride')}${_plain(_SCRYPT)}"),
    # crypt_blowfish's own cases.
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("U*U*U", "$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    ("", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
]


@pytest.mark.parametrize("password,password_hash", _VECTORS)
def test_published_vectors_match_and_are_stale(password: str, password_hash: str) -> None:
    assert matches(password_hash, password)
    assert not matches(password_hash, password + "x")
    assert acceptable(password_hash) is None
    assert stale(password_hash)


def test_our_own_hash_is_fresh_and_a_cheaper_argon2_is_not() -> None:
    assert not stale(HASHER.hash("x"))
    assert stale(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x"))
    assert stale("no hash at all")


@pytest.mark.parametrize("password", ["a" * 73, "a" * 72 + "\x00", "a\x00b", "\u00fc" * 37])
def test_what_bcrypt_cannot_hold_matches_nothing(password: str) -> None:
    import bcrypt  # noqa: PLC0415 - made here, as another system would have cut it

    cut = normalized(password)[:72].replace(b"\x00", b"\x01")
    assert not matches(bcrypt.hashpw(cut, bcrypt.gensalt(4)).decode(), password)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=128))
def test_any_password_is_answered(password: str) -> None:
    for given_hash in ("$2b$04$jKyKg24jG7BfjKJ6s.bydOG/TVFKttl9RDMT8.TRTLHaMgKBZ0JTO", "$scrypt$ln=4,r=8,p=1$YQ$YQ"):
        assert matches(given_hash, password) is False
