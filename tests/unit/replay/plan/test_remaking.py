"""A recorded record becomes the one to send."""

import orjson
import pytest

from services.contract.envelope import PROOF, REDRIVE_OF, TRACEPARENT, single
from services.contract.requests import LinkRequested
from services.replay.outcome import Unusable
from services.replay.plan.minting import minted
from services.replay.plan.remaking import Outgoing, Remaker
from tests.unit.replay.plan.recorded import (
    FIRST_MS,
    REQUESTS,
    RING,
    START_MS,
    V7,
    choices,
    plain,
    recorded,
    remade,
    remaker,
)

DAY_MS = 86_400_000


def _headers(out: Outgoing) -> dict[str, bytes]:
    return {name: value or b"" for name, value in single(out.headers).items()}


def test_value_is_as_the_contract_writes_it() -> None:
    out = remade(recorded(3, after_ms=1_234))
    assert out.value == LinkRequested.model_validate_json(out.value or b"").encode()


def test_only_id_and_times_of_the_value_change() -> None:
    record = recorded(3)
    before, after = orjson.loads(record.value or b""), orjson.loads(remade(record).value or b"")
    assert {name for name in before if before[name] != after[name]} == {"request_id", "verified_at", "confirmed_at"}


def test_new_id_is_the_same_in_value_header_and_result() -> None:
    out = remade(recorded())
    new = str(minted(V7, "run-1", 0, DAY_MS))
    assert orjson.loads(out.value or b"")["request_id"] == new
    assert _headers(out)["ce_id"].decode() == (out.request_id or b"").decode() == new


def test_proof_is_made_with_the_rehearsal_key() -> None:
    out = remade(recorded())
    assert RING.verifies(_headers(out)[PROOF], out.value or b"")


def test_times_are_shifted_together() -> None:
    out = remade(recorded(after_ms=1_234), instant_s=99.0)
    value = orjson.loads(out.value or b"")
    assert (value["verified_at"], value["confirmed_at"]) == (
        "2026-03-03T08:29:21.233999Z",
        "2026-03-03T08:30:01.234000Z",
    )
    assert _headers(out)["ce_time"] == b"2026-03-03T08:30:01.234000Z"
    assert out.timestamp_ms == FIRST_MS + 1_234 + DAY_MS


def test_now_takes_the_sending_instant_and_keeps_the_gap() -> None:
    out = remade(recorded(after_ms=1_234), instant_s=0.25, times="now")
    value = orjson.loads(out.value or b"")
    assert (value["verified_at"], value["confirmed_at"]) == (
        "2026-03-03T08:29:20.249999Z",
        "2026-03-03T08:30:00.250000Z",
    )
    assert out.timestamp_ms == START_MS + 250


def test_original_times_stay() -> None:
    record = recorded(after_ms=1_234)
    out = remade(record, times="original")
    assert orjson.loads(out.value or b"")["confirmed_at"] == orjson.loads(record.value or b"")["confirmed_at"]
    assert out.timestamp_ms == record.timestamp_ms


def test_kept_ids_keep_value_and_proof() -> None:
    record = recorded()
    out = remade(record, ids="keep")
    assert out.value == record.value
    assert [header for header in out.headers if header[0] in {PROOF, "ce_id", "ce_time", TRACEPARENT}] == [
        header for header in record.headers if header[0] in {PROOF, "ce_id", "ce_time", TRACEPARENT}
    ]


def test_kept_value_without_proof_is_signed() -> None:
    record = recorded()
    bare = record._replace(headers=tuple(header for header in record.headers if header[0] != PROOF))
    out = remade(bare, ids="keep")
    assert RING.verifies(_headers(out)[PROOF], out.value or b"")


@pytest.mark.parametrize("ids", ["mint", "keep"])
def test_every_record_names_the_run_and_who_sends_it(ids: str) -> None:
    old = recorded()
    out = remade(old._replace(headers=(*old.headers, ("replayrun", b"an older one"))), ids=ids)
    assert _headers(out)["replayrun"] == b"run-1"
    assert _headers(out)["ce_source"] == b"/ecflink/replay"


def test_trace_goes_on_under_another_name() -> None:
    made = remaker(choices())
    one, other = (_headers(made.made(recorded(number), 0, 0.0))[TRACEPARENT] for number in (1, 2))
    assert one == other
    assert one[11:] == b"16cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert one[3:11] != b"0af76519"


def test_trace_that_is_none_is_dropped() -> None:
    record = plain(headers=(("ce_id", b"1"), (TRACEPARENT, b"zz")))
    assert remade(record, topics={"orders": "orders"}).headers == [("ce_id", b"1"), ("replayrun", b"run-1")]


def test_set_header_stands_once() -> None:
    out = remade(recorded(), headers={"put": [("ce_type", "other")]})
    assert _headers(out)["ce_type"] == b"other"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"garbage",
        b"{}",
        b'{"request_id":"12"}',
        b'{"request_id":"0195564a-3d00-7abc-8def-0123456789ab"',
        b'{"request_id":"0195564a-3d00-7abc-8def-0123456789xx"}',
        b"\xff\x00",
    ],
    ids=["empty", "garbage", "no-id", "short-id", "cut-off", "no-uuid", "bytes"],
)
def test_unreadable_request_is_passed_on_and_counted(value: bytes) -> None:
    made = remaker(choices())
    out = made.made(recorded()._replace(value=value), 0, 0.0)
    assert (out.value, out.request_id, made.done.as_it_is) == (value, None, 1)
    assert RING.verifies(_headers(out)[PROOF], value)


def test_unreadable_request_that_had_no_proof_gets_none() -> None:
    out = remade(recorded()._replace(value=b"garbage", headers=()))
    assert out.headers == [("replayrun", b"run-1")]


def test_tombstone_stays_one() -> None:
    out = remade(recorded()._replace(value=None))
    assert out.value is None
    assert PROOF not in _headers(out)


def test_double_and_null_headers_travel_as_they_are() -> None:
    headers = (("ce_x", b"1"), ("ce_x", None), ("ce_id", None), ("ce_time", b"\xff"))
    assert remade(plain(headers=headers), topics={"orders": "orders"}).headers == [*headers, ("replayrun", b"run-1")]


def test_link_between_topics_survives() -> None:
    topics = {REQUESTS: REQUESTS, "mail-deliveries-v1": "mail-deliveries-v1"}
    made = remaker(choices(topics=topics))
    request = made.made(recorded(), 0, 0.0)
    letter = b'{"delivery_id":"6d0b2c0e-6f8e-5c57-9a35-6563666c6e6b","request_id":"%b"}' % str(V7).encode()
    delivery = made.made(plain(topic="mail-deliveries-v1", value=letter), 0, 0.0)
    assert orjson.loads(delivery.value or b"")["request_id"].encode() == request.request_id


def test_ce_id_keeps_what_follows_its_uuid() -> None:
    record = plain(headers=(("ce_id", f"{V7}:2".encode()),))
    out = remade(record, topics={"orders": "orders"})
    assert _headers(out)["ce_id"] == f"{minted(V7, 'run-1', 0, DAY_MS)}:2".encode()


def test_each_loop_has_ids_of_its_own() -> None:
    made = remaker(choices(loops=3))
    made.loop_starts_s = [0.0, 10.0, 20.0]
    outs = [made.made(recorded(), loop, 10.0 * loop) for loop in range(3)]
    assert len({out.request_id for out in outs}) == 3
    assert [out.timestamp_ms - START_MS for out in outs] == [0, 10_000, 20_000]


def test_kept_ids_are_the_same_in_each_loop() -> None:
    made = remaker(choices(loops=2, ids="keep"))
    made.loop_starts_s = [0.0, 10.0]
    assert made.made(recorded(), 0, 0.0).value == made.made(recorded(), 1, 0.0).value


def test_partition_is_that_of_the_key() -> None:
    assert remade(recorded()._replace(partition=5)).partition == recorded().partition


def test_partition_is_preserved_on_wish_and_without_a_key() -> None:
    assert remade(recorded()._replace(partition=11), spread="preserve").partition == 5
    assert remade(recorded()._replace(partition=11, key=None)).partition == 5


def test_redrive_mark_travels() -> None:
    record = recorded()
    out = remade(record._replace(headers=(*record.headers, (REDRIVE_OF, b"link-requests-v1/0/7"))))
    assert _headers(out)[REDRIVE_OF] == b"link-requests-v1/0/7"


def test_record_goes_to_the_topic_it_is_mapped_to() -> None:
    assert remade(plain(), topics={"orders": "rehearsal-orders"}).topic == "rehearsal-orders"


def test_without_a_key_only_kept_ids_can_be_played() -> None:
    with pytest.raises(Unusable, match="rehearsal key"):
        Remaker(choices(), {REQUESTS: 6}, None, first_ms=FIRST_MS, start_ms=START_MS)


def test_without_a_key_a_kept_value_without_proof_gets_none() -> None:
    keeping = Remaker(choices(ids="keep"), {REQUESTS: 6}, None, first_ms=FIRST_MS, start_ms=START_MS)
    assert keeping.made(recorded()._replace(headers=()), 0, 0.0).headers == [("replayrun", b"run-1")]
