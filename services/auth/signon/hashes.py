"""Password hashes: ours (Argon2id), and those that accounts bring along from older systems.

Foreign ones are bcrypt, and what libpass reads of PBKDF2-SHA256, PBKDF2-SHA512 and scrypt. The right password of such
an account is hashed anew soon after its first sign-in (rehash.py).
"""

import re
import unicodedata
from typing import Any, Final

import bcrypt
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type
from passlib.context import CryptContext
from passlib.hash import pbkdf2_sha256, pbkdf2_sha512, scrypt

from services.auth.signon.dummies import Dummies

MEMORY_KIB: Final = 19 * 1024
TIME_COST: Final = 2
PARALLELISM: Final = 1

ARGON2_MEMORY_KIB_MAX: Final = 64 * 1024
ARGON2_TIME_COST_MAX: Final = 8
ARGON2_PARALLELISM_MAX: Final = 4
BCRYPT_ROUNDS_MIN: Final = 4
BCRYPT_ROUNDS_MAX: Final = 14
BCRYPT_BYTES_MAX: Final = 72
PBKDF2_ROUNDS: Final = range(1_000, 2_000_001)
SCRYPT_LN_MAX: Final = 17
SCRYPT_PARALLELISM_MAX: Final = 4
SCRYPT_BYTES_MAX: Final = 64 * 1024 * 1024

HASHER: Final = PasswordHasher(
    time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM, hash_len=32, salt_len=16, type=Type.ID
)
_FOREIGN: Final = CryptContext(["pbkdf2_sha256", "pbkdf2_sha512", "scrypt"])
_ARGON2: Final = "$argon2"
_BCRYPT: Final = ("$2a$", "$2b$", "$2y$")
# Cost, salt, checksum; the last letter of either has bits that no bcrypt sets.
_BCRYPT_FORM: Final = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]")
_READ: Final = (
    "is none of these hashes: Argon2id ($argon2id$v=19$m=…), bcrypt ($2b$…), PBKDF2 ($pbkdf2-sha256$… or "
    "$pbkdf2-sha512$…), scrypt ($scrypt$ln=…)"
)


def normalized(password: str) -> bytes:
    """Return what is hashed: NFC, so that the same password from another keyboard is the same; any string will do."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def matches(password_hash: str, password: str) -> bool:
    """Say whether a password belongs to a hash. A string that is no hash of a known scheme matches nothing."""
    given = normalized(password)
    try:
        if password_hash.startswith(_ARGON2):
            return HASHER.verify(password_hash, given)
        if password_hash.startswith(_BCRYPT):
            return _bcrypt_matches(password_hash, given)
        return bool(_FOREIGN.verify(given, password_hash))
    except (VerificationError, InvalidHashError, ValueError, TypeError):
        return False


def _bcrypt_matches(password_hash: str, given: bytes) -> bool:
    # bcrypt takes no more than 72 bytes and no NUL: such a password never was one of bcrypt's, and costs as much.
    cut = given.replace(b"\x00", b"\x01")[:BCRYPT_BYTES_MAX]
    return bcrypt.checkpw(cut, password_hash.encode()) and cut == given


def stale(password_hash: str) -> bool:
    """Say whether a hash is anything but Argon2id with our parameters."""
    if not password_hash.startswith(_ARGON2):
        return True
    try:
        return HASHER.check_needs_rehash(password_hash)
    except InvalidHashError:
        return True


def acceptable(password_hash: str) -> str | None:
    """Return why an import refuses a hash: an unknown scheme, or a cost out of bounds. None when it may come in."""
    try:
        if password_hash.startswith(_ARGON2):
            return _argon2_fault(password_hash)
        if password_hash.startswith(_BCRYPT):
            return _bcrypt_fault(password_hash)
        for kind in (pbkdf2_sha256, pbkdf2_sha512):
            if kind.identify(password_hash):
                return _pbkdf2_fault(_parsed(kind, password_hash).rounds)
        if scrypt.identify(password_hash):
            return _scrypt_fault(_parsed(scrypt, password_hash))
    except (InvalidHashError, ValueError, TypeError):
        return _READ
    return _READ


def _parsed(kind: Any, password_hash: str) -> Any:  # noqa: ANN401 - libpass has no types
    parsed = kind.from_string(password_hash)
    if not parsed.checksum or not parsed.salt:
        raise ValueError
    return parsed


def _argon2_fault(password_hash: str) -> str | None:
    found = extract_parameters(password_hash)
    bounded = (
        found.memory_cost <= ARGON2_MEMORY_KIB_MAX
        and found.time_cost <= ARGON2_TIME_COST_MAX
        and found.parallelism <= ARGON2_PARALLELISM_MAX
    )
    if found.type is Type.ID and bounded:
        return None
    return f"is not Argon2id within m={ARGON2_MEMORY_KIB_MAX}, t={ARGON2_TIME_COST_MAX}, p={ARGON2_PARALLELISM_MAX}"


def _bcrypt_fault(password_hash: str) -> str | None:
    found = _BCRYPT_FORM.fullmatch(password_hash)
    if found is None or int(found[1]) < BCRYPT_ROUNDS_MIN:
        return _READ
    return None if int(found[1]) <= BCRYPT_ROUNDS_MAX else f"is bcrypt with more than {BCRYPT_ROUNDS_MAX} rounds"


def _pbkdf2_fault(rounds: int) -> str | None:
    if rounds in PBKDF2_ROUNDS:
        return None
    return f"is PBKDF2 with fewer than {PBKDF2_ROUNDS.start} or more than {PBKDF2_ROUNDS.stop - 1} rounds"


def _scrypt_fault(parsed: Any) -> str | None:  # noqa: ANN401 - libpass has no types
    bounded = (
        parsed.rounds <= SCRYPT_LN_MAX
        and parsed.parallelism <= SCRYPT_PARALLELISM_MAX
        and 128 * parsed.block_size * 2**parsed.rounds <= SCRYPT_BYTES_MAX
    )
    if bounded:
        return None
    return (
        f"is scrypt beyond ln={SCRYPT_LN_MAX}, p={SCRYPT_PARALLELISM_MAX} or "
        f"{SCRYPT_BYTES_MAX // 1024 // 1024} MiB of memory"
    )


__all__ = ["HASHER", "Dummies", "acceptable", "matches", "normalized", "stale"]
