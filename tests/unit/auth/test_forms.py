"""The confirm form's token: ours, unchanged, of this session, and no older than ten minutes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.auth.linking.forms import AGE_MAX, Forms, Proven, bound, fresh
from services.auth.portal.ports import Filer, FormStale, Session

_MOMENT = datetime(2026, 11, 1, tzinfo=UTC)
_SESSION = Session(
    token_hash=b"1" * 32,
    filer=Filer("111111", "alexattorney", "Alex Attorney", "alex@example.org", upgraded=True),
    client_code="",
    signed_in_at=_MOMENT,
    expires_at=_MOMENT + timedelta(hours=8),
    acknowledged_court="UTBK",
)
_PROVEN = Proven(
    request_id=uuid4(),
    court_id="UTBK",
    pacer_account="111111",
    cmecf_canonical="atyalex",
    verifier="accounts:1",
    verified_at=_MOMENT,
    session=bound(_SESSION),
)
_FORMS = Forms(b"f" * 40)
_TOKEN = _FORMS.write(_PROVEN)


def test_token_holds_what_was_proven() -> None:
    assert _FORMS.read(_TOKEN, _SESSION, "UTBK") == _PROVEN


@pytest.mark.parametrize(
    "token", ["", "x", _TOKEN[:-1], "a" + _TOKEN, _TOKEN * 50, "\udcff", Forms(b"g" * 40).write(_PROVEN)]
)
def test_token_that_is_not_ours_is_stale(token: str) -> None:
    with pytest.raises(FormStale):
        _FORMS.read(token, _SESSION, "UTBK")


def test_token_of_another_session_or_court_is_stale() -> None:
    with pytest.raises(FormStale):
        _FORMS.read(_TOKEN, replace(_SESSION, token_hash=b"2" * 32), "UTBK")
    with pytest.raises(FormStale):
        _FORMS.read(_TOKEN, _SESSION, "UTDC")


@pytest.mark.parametrize(
    "age,expected",
    [
        (timedelta(0), True),
        (AGE_MAX, True),
        (AGE_MAX + timedelta(microseconds=1), False),
        (timedelta(seconds=-1), False),
    ],
)
def test_proof_lasts_ten_minutes(age: timedelta, *, expected: bool) -> None:
    assert fresh(_PROVEN, _MOMENT + age) is expected
