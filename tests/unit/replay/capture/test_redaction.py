"""Redacted records are valid, join as before, and hold nothing of the people in them."""

import orjson
import pytest

from services.contract.topics import COURTS, FILER_NOTICES, LINK_REQUESTS, TOPICS
from services.replay.capture.canary import Canary
from services.replay.capture.personal import PERSONAL, Kind
from services.replay.capture.pseudonyms import Pseudonyms
from services.replay.capture.redaction import Redaction
from services.replay.outcome import Unusable
from services.replay.recording.lines import line_of
from services.replay.recording.record import Recorded
from tests.unit.replay.capture.examples import examples
from tests.unit.replay.capture.test_pseudonyms import KEY

_MODELS = {topic.name: topic.value for topic in TOPICS}
each_example = pytest.mark.parametrize("record", [pytest.param(record, id=name) for name, record in examples()])


def _redacted(record: Recorded) -> Recorded:
    return Redaction(Pseudonyms(KEY)).of(record).record


def _request(**changes: object) -> Recorded:
    record = dict(examples())["link-requests-v1/link"]
    return record._replace(value=orjson.dumps(orjson.loads(record.value or b"") | changes))


@each_example
def test_redacted_value_is_valid(record: Recorded) -> None:
    value = _redacted(record).value
    assert (value is None) == (record.value is None)
    if value is not None:
        _MODELS[record.topic].model_validate_json(value)


@each_example
def test_every_original_is_replaced_and_none_is_left(record: Recorded) -> None:
    redacted = Redaction(Pseudonyms(KEY)).of(record)
    line = line_of(redacted.record)
    assert Canary().left_in(redacted) is None
    assert not [each.field for each in redacted.originals if len(each.text) > 5 and each.text.encode() in line]


@each_example
def test_what_is_not_personal_stays(record: Recorded) -> None:
    if record.value is None:
        pytest.skip("a tombstone has no fields")
    before, after = orjson.loads(record.value), orjson.loads(_redacted(record).value or b"")
    kept = [name for name, kind in PERSONAL[_MODELS[record.topic]].items() if kind is Kind.KEPT]
    assert list(before) == list(after)
    assert [before.get(name) for name in kept] == [after.get(name) for name in kept]


def test_request_and_transaction_of_one_filer_still_belong_together() -> None:
    found = dict(examples())
    request, transaction = (_redacted(found[name]) for name in ("link-requests-v1/link", "link-transactions-v1/linked"))
    assert orjson.loads(request.value or b"")["pacer_account"].encode() in (request.key or b"")
    assert orjson.loads(transaction.value or b"")["request"]["pacer_account"].encode() in (transaction.key or b"")


def test_canonical_login_is_still_the_login_as_the_court_compares_it() -> None:
    value = orjson.loads(_redacted(_request(cmecf_login="AtyAlex", cmecf_canonical="atyalex")).value or b"")
    assert value["cmecf_login"] != value["cmecf_canonical"] == value["cmecf_login"].casefold()


def test_field_that_the_contract_does_not_name_is_left_out() -> None:
    redaction = Redaction(Pseudonyms(KEY))
    made = redaction.of(_request(mother="Mary Attorney")).record
    assert b"mother" not in (made.value or b"")
    assert redaction.left_out["field 'mother'"] == 1


def test_proof_and_unknown_headers_are_left_out() -> None:
    record = _request()
    made = _redacted(
        record._replace(headers=(*record.headers, ("proof", b"k:00"), ("who", b"Alex"), ("ce_time", b"Alex")))
    )
    assert {name for name, _ in made.headers} == {name for name, _ in record.headers if name != "proof"}
    assert b"Alex" not in line_of(made)


def test_value_that_cannot_be_read_is_replaced_whole_at_its_size() -> None:
    made = _redacted(_request()._replace(value=b"Alex Attorney wrote this by hand", key=b"Alex"))
    assert len(made.value or b"") == 32
    assert b"Alex" not in (made.value or b"") + (made.key or b"")


@pytest.mark.parametrize(
    "topic,key",
    [
        (LINK_REQUESTS.name, b"Jane Doe <jane@example.org>:1234567"),
        (FILER_NOTICES.name, b"jane.doe@example.org:jdoe99"),
        (COURTS.name, b"Jane Doe"),
    ],
    ids=["request", "notice", "court"],
)
def test_key_without_a_court_is_replaced_whole(topic: str, key: bytes) -> None:
    redaction = Redaction(Pseudonyms(KEY))
    made = redaction.of(_request()._replace(topic=topic, key=key)).record
    assert b"ane" not in (made.key or b"")
    assert redaction.left_out["keys that are not of their topic's form"] == 1


def test_id_made_of_a_login_is_replaced_in_the_header_too() -> None:
    made = _redacted(dict(examples())[f"{FILER_NOTICES.name}/court-live"])
    assert dict(made.headers)["ce_id"] == orjson.loads(made.value or b"")["notice_id"].encode()


def test_topic_of_another_system_is_refused() -> None:
    with pytest.raises(Unusable, match="nothing says which fields"):
        _redacted(_request()._replace(topic="orders"))


def test_original_in_a_field_that_is_kept_is_found() -> None:
    redacted = Redaction(Pseudonyms(KEY)).of(_request(verifier_version="own of Alexandria", pacer_name="Alexandria"))
    assert Canary().left_in(redacted) == "verifier_version"
