"""What a notice must hold, by its kind; and the keys that codes are sealed to."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.contract.noticekeys import CannotUnseal, NoticeKeys, code_info
from services.contract.notices import FilerNotified, NoticeKind, announcement_id, notice_key

_MOMENT = datetime(2026, 11, 1, tzinfo=UTC)
_KEYS = NoticeKeys.parse(f"new:{'0a' * 32}\nold:{'0b' * 32}")
_CODE = _KEYS.current.seal(b"12345678", code_info(UUID(int=1)))
_WHOLE: dict[NoticeKind, dict[str, Any]] = {
    NoticeKind.COURT_LIVE: {"court_id": "UTBK", "cmecf_login": "atyalex", "live_at": _MOMENT},
    NoticeKind.SECURITY_CODE: {"pacer_account": "1234567", "sealed_code": _CODE, "expires_at": _MOMENT},
    NoticeKind.FACTOR_CHANGED: {"pacer_account": "1234567", "factor": "totp", "change": "added"},
    NoticeKind.PASSWORD_CHANGED: {"pacer_account": "1234567"},
}


def _notice(kind: NoticeKind, **changes: object) -> FilerNotified:
    facts: dict[str, Any] = {
        "notice_id": UUID(int=1),
        "kind": kind,
        "recipient_name": "Alex Attorney",
        "recipient_email": "alex@example.org",
        "noted_at": _MOMENT,
    }
    return FilerNotified(**(facts | _WHOLE[kind] | changes))


@pytest.mark.parametrize("kind, field", [(kind, field) for kind, fields in _WHOLE.items() for field in fields])
def test_each_kind_needs_its_fields(kind: NoticeKind, field: str) -> None:
    assert _notice(kind).kind is kind
    with pytest.raises(ValidationError, match=f"a notice of kind {kind.value} needs {field}"):
        _notice(kind, **{field: None})


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind is not NoticeKind.SECURITY_CODE])
def test_no_other_kind_carries_a_code(kind: NoticeKind) -> None:
    with pytest.raises(ValidationError, match="has no code"):
        _notice(kind, sealed_code=_CODE)


@pytest.mark.parametrize("code", ["12345678", "new:12345678", "", f"n\n:{'A' * 60}"])
def test_a_code_in_clear_is_refused(code: str) -> None:
    with pytest.raises(ValidationError):
        _notice(NoticeKind.SECURITY_CODE, sealed_code=code)


def test_the_key_is_the_account_or_before_the_link_court_and_login() -> None:
    assert notice_key(_notice(NoticeKind.PASSWORD_CHANGED)) == b"1234567"
    assert notice_key(_notice(NoticeKind.COURT_LIVE)) == b"UTBK:atyalex"


def test_an_announcement_has_one_id() -> None:
    assert announcement_id("UTBK", "atyalex") == announcement_id("UTBK", "atyalex")
    assert announcement_id("UTBK", "atyalex") != announcement_id("UTDC", "atyalex")


@given(st.binary(max_size=3_000), st.binary(max_size=40))
def test_what_is_sealed_opens_again(content: bytes, info: bytes) -> None:
    assert _KEYS.unseal(_KEYS.current.seal(content, info), info) == content


def test_an_older_key_still_opens_and_an_unknown_one_is_named() -> None:
    sealed = _KEYS.public[1].seal(b"12345678", b"")
    assert sealed.startswith("old:")
    assert _KEYS.unseal(sealed, b"") == b"12345678"
    with pytest.raises(CannotUnseal, match="sealed to key 'old', which is not in NOTICE_KEYS"):
        NoticeKeys.parse(f"new:{'0a' * 32}").unseal(sealed, b"")


@given(st.text(max_size=200))
def test_garbage_is_never_opened(sealed: str) -> None:
    with pytest.raises(CannotUnseal):
        _KEYS.unseal(sealed, b"")


@pytest.mark.parametrize(
    "text, trouble",
    [
        ("", "holds no key"),
        ("new", "line 1 is not"),
        (f"new:{'0A' * 32}", "line 1 is not"),
        (f"new:{'0a' * 32} new:{'0b' * 32}", "line 2 gives the key id 'new' a second time"),
    ],
)
def test_faulty_keys_are_named_without_the_secret(text: str, trouble: str) -> None:
    with pytest.raises(ValueError, match=trouble) as caught:
        NoticeKeys.parse(text)
    assert "0a0a" not in str(caught.value)
