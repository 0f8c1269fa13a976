"""Finding ids and times in the bytes of a value."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.topics import AUTH_LOGINS, FILER_NOTICES, LINK_REQUESTS, LINK_TRANSACTIONS, MAIL_DELIVERIES
from services.replay.plan.fields import Field, fields_of
from tests.unit.replay.plan.recorded import choices, patient


def _shout(text: bytes) -> bytes:
    return text.upper() + b"!"


@pytest.mark.parametrize(
    "value, expected",
    [
        (b'{"at":"x"}', b'{"at":"X!"}'),
        (b'{ "at" : "x" }', b'{ "at" : "X!" }'),
        (b'{"a":{"at":"x"},"b":[{"at": "y"}]}', b'{"a":{"at":"X!"},"b":[{"at": "Y!"}]}'),
        (b'{"said":"\\"at\\":\\"x\\"","seat":"x"}', b'{"said":"\\"at\\":\\"x\\"","seat":"x"}'),
        (b'{"at":null,"word":"at"}', b'{"at":null,"word":"at"}'),
        (b'{"at":"x', b'{"at":"x'),
        (b"", b""),
    ],
    ids=["compact", "spaced", "nested", "inside-a-text", "no-text", "cut-off", "empty"],
)
def test_every_such_field_is_made_anew(value: bytes, expected: bytes) -> None:
    assert Field("at").rewritten(value, _shout) == expected


def test_refused_text_stays_and_is_counted() -> None:
    field = Field("at")
    assert field.rewritten(b'{"at":"x","b":{"at":"y"}}', lambda _: None) == b'{"at":"x","b":{"at":"y"}}'
    assert field.refused == 2


_JSON = st.recursive(
    st.none() | st.integers(-(2**50), 2**50) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["at", "bat", 'a"t', "other"]) | st.text(), inner),
)


def _expected(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: "new" if name == "at" and isinstance(inner, str) and "\\" not in _quoted(inner) else _expected(inner)
            for name, inner in value.items()
        }
    return [_expected(inner) for inner in value] if isinstance(value, list) else value


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()


@patient
@given(value=_JSON)
def test_nothing_but_the_field_changes(value: object) -> None:
    new = Field("at").rewritten(orjson.dumps(value), lambda text: None if b"\\" in text else b"new")
    assert orjson.loads(new) == _expected(value)


def test_fields_come_from_the_contract() -> None:
    found = {
        topic.name: ([each.name for each in fields.ids], [each.name for each in fields.times])
        for topic in (LINK_REQUESTS, LINK_TRANSACTIONS, MAIL_DELIVERIES, AUTH_LOGINS, FILER_NOTICES)
        for fields in [fields_of(topic.name, choices())]
    }
    assert found == {
        "link-requests-v1": (["request_id"], ["verified_at", "confirmed_at"]),
        "link-transactions-v1": (["request_id"], ["verified_at", "confirmed_at"]),
        "mail-deliveries-v1": (["delivery_id", "request_id"], ["changed_at"]),
        "auth-logins-v1": ([], ["attempted_at"]),
        "filer-notices-v1": (["notice_id"], ["noted_at", "expires_at"]),
    }


def test_fields_of_other_topics_are_named() -> None:
    fields = fields_of("orders", choices(id_fields=("order_id",), time_fields=("placed_at",)))
    assert ([each.name for each in fields.ids], [each.name for each in fields.times]) == (["order_id"], ["placed_at"])
