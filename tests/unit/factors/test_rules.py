"""What a typed code would use up, what is kept of secrets, and where browsers make passkeys."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.auth.factors import backup
from services.auth.factors.factors import FactorFacts, Factors, TotpFact, Use
from services.auth.factors.passkeys import relying_party
from services.auth.factors.seal import FactorSeal
from services.auth.factors.settings import FactorPolicy, FactorSettings
from services.auth.portal.ports import Stage
from services.runtime.database import Pool

ACCOUNT = "111111"
SECRET = "s" * 40
NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ONE, OTHER = UUID(int=1), UUID(int=2)
FACTORS = Factors(cast("Pool", None), FactorSettings(factor_secret=SECRET))
SEAL = FACTORS.seal
CODES = ("ABCDE23456", "2345678923")
FACTS = FactorFacts(
    totp=(TotpFact(ONE, SEAL.close_seed(ONE, SEED), 0),),
    backup=tuple(SEAL.backup_digest(ACCOUNT, code) for code in CODES),
)


@dataclass(frozen=True)
class Account:
    pacer_account: str = ACCOUNT
    kind: str = "individual"
    upgraded: bool = True
    factor_skips: int = 0
    factors: FactorFacts = field(default_factory=FactorFacts)


def test_code_of_an_app_names_its_step() -> None:
    shown = pyotp.TOTP(SEED).at(NOW)
    assert FACTORS.check(FACTS, ACCOUNT, shown, NOW) == Use(factor_id=ONE, step=int(NOW.timestamp()) // 30)


@pytest.mark.parametrize("typed", ["abcde-23456", " ABCDE 23456 ", "A-B-C-D-E-2-3-4-5-6", "2345678923"])
def test_backup_code_may_be_typed_with_blanks_and_dashes(typed: str) -> None:
    use = FACTORS.check(FACTS, ACCOUNT, typed, NOW)
    assert use is not None
    assert use.digest in FACTS.backup


def test_backup_code_of_another_account_is_wrong() -> None:
    assert FACTORS.check(FACTS, "222222", CODES[0], NOW) is None


@given(typed=st.text(max_size=100))
def test_no_other_text_is_a_code(typed: str) -> None:
    use = FACTORS.check(replace(FACTS, totp=()), ACCOUNT, typed, NOW)
    assert use is None


def test_seed_of_another_row_does_not_open() -> None:
    moved = FactorFacts(totp=(TotpFact(OTHER, SEAL.close_seed(ONE, SEED), 0),))
    assert FACTORS.check(moved, ACCOUNT, pyotp.TOTP(SEED).at(NOW), NOW) is None
    assert FactorSeal("t" * 40).open_seed(ONE, FACTS.totp[0].secret) is None


def test_challenge_of_one_ceremony_does_not_serve_another() -> None:
    sealed = SEAL.close_challenge("enrol", b"challenge")
    assert SEAL.open_challenge("enrol", sealed) == b"challenge"
    assert SEAL.open_challenge("sign-in", sealed) is None


def test_each_purpose_has_its_own_digest() -> None:
    made = {SEAL.backup_digest(ACCOUNT, "1"), SEAL.code_digest(ACCOUNT, "1"), SEAL.permit_digest(ACCOUNT, b"1")}
    assert len(made) == 3


def test_ten_backup_codes_without_characters_that_look_alike() -> None:
    codes = backup.new_codes()
    assert len(set(codes)) == 10
    assert all(len(code) == 10 and not set(code) & set("01IOLU") for code in codes)
    assert len(backup.shown(codes[0])) == 11


@pytest.mark.parametrize(
    "account, policy, stage",
    [
        (Account(), FactorPolicy.OFFERED, Stage.FULL),
        (Account(), FactorPolicy.PROMPTED, Stage.ENROL_OFFERED),
        (Account(factor_skips=2), FactorPolicy.PROMPTED, Stage.ENROL_OFFERED),
        (Account(factor_skips=3), FactorPolicy.PROMPTED, Stage.RESTRICTED),
        (Account(factor_skips=9), FactorPolicy.PROMPTED, Stage.RESTRICTED),
        (Account(upgraded=False), FactorPolicy.PROMPTED, Stage.FULL),
        (Account(kind="shared"), FactorPolicy.PROMPTED, Stage.FULL),
        (Account(factors=FACTS), FactorPolicy.OFFERED, Stage.FACTOR_DUE),
        (Account(kind="shared", factors=FactorFacts(passkeys=1)), FactorPolicy.PROMPTED, Stage.FACTOR_DUE),
        (Account(factors=FactorFacts(backup=FACTS.backup)), FactorPolicy.OFFERED, Stage.FACTOR_DUE),
    ],
)
def test_stage_after_the_password(account: Account, policy: FactorPolicy, stage: Stage) -> None:
    assert FACTORS.stage_of(account, policy) is stage


@pytest.mark.parametrize(
    "url, host",
    [
        ("https://ecf.example.org", "ecf.example.org"),
        ("https://ecf.example.org:8443", "ecf.example.org"),
        ("http://localhost:8080", "localhost"),
        ("http://ecf.example.org", None),
        ("http://127.0.0.1:8080", None),
        ("https://192.0.2.1", None),
        ("https://[2001:db8::1]:8443", None),
    ],
)
def test_passkeys_are_offered_where_browsers_make_them(url: str, host: str | None) -> None:
    party = relying_party(url)
    assert (party and party.host) == host
    assert party is None or party.origin == url


def test_short_secret_is_refused() -> None:
    with pytest.raises(ValidationError, match="FACTOR_SECRET is shorter than 32"):
        FactorSettings(factor_secret="s" * 31)
