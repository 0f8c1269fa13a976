"""The golden examples: one record per file, kept for ever. Each must always parse, and encode to the same bytes."""

import json
from dataclasses import dataclass
from importlib.resources import files

import pytest

from services.contract.deliveries import DeliveryState, LetterKind
from services.contract.envelope import CONTENT_TYPE, PROOF, Source, valid_traceparent
from services.contract.ids import link_key
from services.contract.logins import LoginOutcome, LoginStep, Via
from services.contract.noticekeys import CannotUnseal, NoticeKeys, code_info
from services.contract.notices import (
    FactorChange,
    FactorKind,
    FilerNotified,
    NoticeKind,
    announcement_id,
    notice_key,
)
from services.contract.proof import KeyRing
from services.contract.requests import RequestKind
from services.contract.throttles import LoginThrottled, ThrottleKind, ThrottleReason, throttle_key
from services.contract.topics import (
    AUTH_THROTTLES,
    FILER_NOTICES,
    LINK_REQUESTS,
    LINK_TRANSACTIONS,
    TOPICS,
    Topic,
)
from services.contract.transactions import LinkTransaction, Reason, TransactionStatus

# The key that signed the examples; it signs nothing else.
_KEY_RING = KeyRing({"k20261101": bytes(31) + b"\x01"})
# The key that the example's code is sealed to; it opens nothing else.
_NOTICE_KEYS = NoticeKeys.parse("n20261101:" + "00" * 31 + "01")


@dataclass(frozen=True)
class Example:
    """One file: the topic that it stands under, and its record."""

    topic: Topic
    key: str
    headers: dict[str, str]
    value: bytes


def _read(topic: Topic) -> dict[str, Example]:
    found = {}
    for entry in files("services.contract").joinpath("examples", topic.name).iterdir():
        record = json.loads(entry.read_text(encoding="utf-8"))
        value = json.dumps(record["value"], separators=(",", ":"), ensure_ascii=False).encode()
        found[f"{topic.name}/{entry.name}"] = Example(topic, record["key"], record["headers"], value)
    return found


EXAMPLES = {name: example for topic in TOPICS for name, example in sorted(_read(topic).items())}
each_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)


@each_example
def test_example_parses_and_encodes_to_the_same_bytes(example: Example) -> None:
    assert example.topic.value.model_validate_json(example.value).encode() == example.value


@each_example
def test_unknown_field_is_ignored(example: Example) -> None:
    newer = example.value.removesuffix(b"}") + b',"from_the_future":{"a":[1]}}'
    assert example.topic.value.model_validate_json(newer).encode() == example.value


@each_example
def test_headers_are_those_of_its_topic(example: Example) -> None:
    headers = example.headers
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_type"] == example.topic.event_type
    assert headers["content-type"] == CONTENT_TYPE.decode()
    assert valid_traceparent(headers["traceparent"].encode()) is not None
    assert Source(headers["ce_source"]).rpartition("/")[2] in example.topic.written_by


def test_every_topic_and_every_kind_of_event_has_an_example() -> None:
    values = [json.loads(example.value) for example in EXAMPLES.values()]
    kinds_seen = {(example.topic.name, json.loads(example.value).get("kind")) for example in EXAMPLES.values()}
    assert {(FILER_NOTICES.name, kind) for kind in NoticeKind} <= kinds_seen
    assert {(AUTH_THROTTLES.name, kind) for kind in ThrottleKind} <= kinds_seen
    assert {example.topic for example in EXAMPLES.values()} == set(TOPICS)
    assert set(ThrottleReason) <= {
        json.loads(each.value)["reason"] for each in EXAMPLES.values() if each.topic is AUTH_THROTTLES
    }
    for field, kinds in {
        "request": RequestKind,
        "reason": Reason,
        "status": TransactionStatus,
        "outcome": LoginOutcome,
        "state": DeliveryState,
        "letter": LetterKind,
        "via": Via,
        "step": LoginStep,
        "factor": FactorKind,
        "change": FactorChange,
    }.items():
        assert set(kinds) <= {str(value[field]) for value in values if field in value}, field


@pytest.mark.parametrize("example", [each for each in EXAMPLES.values() if each.topic is LINK_REQUESTS])
def test_request_is_under_its_proof_and_its_key(example: Example) -> None:
    request = LINK_REQUESTS.value.model_validate_json(example.value)
    assert _KEY_RING.verifies(example.headers[PROOF].encode(), example.value)
    assert example.key == link_key(**request.model_dump(include={"court_id", "pacer_account"})).decode()


@pytest.mark.parametrize("example", [each for each in EXAMPLES.values() if each.topic is LINK_TRANSACTIONS])
def test_transaction_holds_its_request_byte_for_byte(example: Example) -> None:
    transaction = LinkTransaction.model_validate_json(example.value)
    assert example.value.endswith(b',"request":' + transaction.request.encode() + b"}")
    assert example.headers["ce_id"] == str(transaction.transaction_id)


@pytest.mark.parametrize("example", [each for each in EXAMPLES.values() if each.topic is FILER_NOTICES])
def test_notice_is_under_its_id_and_its_key(example: Example) -> None:
    notice = FilerNotified.model_validate_json(example.value)
    assert example.headers["ce_id"] == str(notice.notice_id)
    assert example.key == notice_key(notice).decode()


def test_code_of_the_example_opens_for_its_own_notice_alone() -> None:
    example = EXAMPLES[f"{FILER_NOTICES.name}/security-code.json"]
    notice = FilerNotified.model_validate_json(example.value)
    assert notice.sealed_code is not None
    assert _NOTICE_KEYS.unseal(notice.sealed_code, code_info(notice.notice_id)) == b"40725518"
    with pytest.raises(CannotUnseal, match="not for this place"):
        _NOTICE_KEYS.unseal(notice.sealed_code, code_info(announcement_id("UTBK", "atyalex")))


@pytest.mark.parametrize("example", [each for each in EXAMPLES.values() if each.topic is AUTH_THROTTLES])
def test_throttle_is_under_its_key(example: Example) -> None:
    throttle = LoginThrottled.model_validate_json(example.value)
    assert example.key == throttle_key(throttle.kind, throttle.subject).decode()
