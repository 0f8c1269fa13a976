"""Codes by time: the vectors of RFC 6238, drift, and never a step twice."""

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from services.auth.factors import totp

RFC_SEED = base64.b32encode(b"12345678901234567890").decode()
NOON = datetime(2026, 11, 24, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "seconds, code",
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_of_rfc_6238(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert totp.matching_step(RFC_SEED, code, now, after=0) == seconds // 30


@pytest.mark.parametrize("steps, right", [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clock_may_be_one_step_off(steps: int, right: bool) -> None:  # noqa: FBT001 - a row of the table
    shown = pyotp.TOTP(RFC_SEED).at(NOON + timedelta(seconds=30 * steps))
    assert (totp.matching_step(RFC_SEED, shown, NOON, after=0) is not None) is right


def test_taken_step_and_earlier_ones_are_refused() -> None:
    step = totp.step_of(NOON)
    shown = pyotp.TOTP(RFC_SEED).at(NOON)
    earlier = pyotp.TOTP(RFC_SEED).at(NOON - timedelta(seconds=30))
    assert totp.matching_step(RFC_SEED, shown, NOON, after=step - 1) == step
    assert totp.matching_step(RFC_SEED, shown, NOON, after=step) is None
    assert totp.matching_step(RFC_SEED, earlier, NOON, after=step - 1) is None


def test_app_reads_the_same_seed_from_the_picture() -> None:
    seed = totp.new_seed()
    read = pyotp.parse_uri(totp.address(seed, account="alex", issuer="CM/ECF UTBK"))
    assert (read.secret, read.issuer, read.name) == (seed, "CM/ECF UTBK", "alex")
    assert totp.grouped(seed).replace(" ", "") == seed
