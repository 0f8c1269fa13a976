"""The ledger's rows: the exact bytes, the numbers, and the chain."""

from services.contract.ids import transaction_id
from services.contract.proof import KeyRing
from services.contract.transactions import LinkTransaction, Reason
from services.linker.chain import GENESIS
from services.linker.decide import decide
from services.linker.intake import Received, read
from services.linker.keys import Keys
from services.linker.rows import Numbering, Written, pack, unpack, write
from services.runtime.publish import Message
from tests.linking.records import record
from tests.linking.requests import PROOF_KEYS, REHEARSAL_KEYS, message, replayed, requested

TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def received(*messages: Message) -> list[Received]:
    read_all = [
        read(record(each, partition_count=1), Keys(KeyRing.parse(PROOF_KEYS), KeyRing.parse(REHEARSAL_KEYS)), 1)
        for each in messages
    ]
    return [each for each in read_all if isinstance(each, Received)]


START = Numbering(partition=0, partition_count=1, next_seq=1, last_hash=GENESIS)


def written(*messages: Message, at: Numbering = START) -> Written:
    requests = received(*messages)
    outcomes = decide([each.request for each in requests], [], at.ids(len(requests)))
    return write(requests, outcomes, at)


def test_value_holds_the_request_byte_for_byte() -> None:
    asked = message(requested(1))
    (row,) = written(asked).rows
    assert (asked.value or b"") in row.value
    assert LinkTransaction.model_validate_json(row.value).request == requested(1)


def test_refusal_says_reason_and_citation() -> None:
    row = written(message(requested(1)), message(requested(2, cmecf_canonical="login1"))).rows[1]
    transaction = LinkTransaction.model_validate_json(row.value)
    assert (transaction.reason, transaction.cites) == (
        Reason.CMECF_ALREADY_LINKED,
        transaction_id(partition=0, seq=1, partition_count=1),
    )


def test_headers_are_kept_as_they_are_published() -> None:
    traced = message(requested(1))._replace(headers=[*message(requested(1)).headers, ("traceparent", TRACE)])
    for asked in (traced, message(requested(1)), replayed(traced, "run-1"), replayed(message(requested(1)), "run-1")):
        made = written(asked)
        assert unpack(made.rows[0].headers) == made.messages[0].headers
        assert pack(made.messages[0].headers) == made.rows[0].headers


def test_transaction_of_a_replay_names_its_run() -> None:
    (made,) = written(replayed(message(requested(1)), "run-1")).messages
    assert dict(made.headers)["replayrun"] == b"run-1"


def test_each_hash_depends_on_the_row_before() -> None:
    first, second = written(message(requested(1)), message(requested(2))).rows
    alone = written(message(requested(2)), at=Numbering(0, 1, 2, GENESIS)).rows[0]
    assert second.value == alone.value
    assert second.hash != alone.hash
    assert first.hash != second.hash


def test_same_records_make_the_same_rows() -> None:
    assert written(message(requested(1))) == written(message(requested(1)))
