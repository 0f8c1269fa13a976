"""The search for an order finds one for what really happened one after the other, and none for what cannot have."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.audit.lifetimes import Ended, Row
from services.audit.lines import Violation
from services.audit.model import Decision, Model, Request
from services.audit.order import disagreements
from services.contract.ids import transaction_id

_PARTITION_COUNT = 3
_START = datetime(2026, 11, 2, tzinfo=UTC)

# Few accounts and logins, so that they meet; an account stays on its partition, as its key does.
Step = tuple[bool, int, int]
_STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 2)), max_size=40)


def happened(steps: Sequence[Step]) -> list[list[Row]]:
    """Decide steps one after the other, and return each partition's rows as the ledger would hold them."""
    model = Model()
    partitions: list[list[Row]] = [[] for _ in range(_PARTITION_COUNT)]
    for moment, (unlink, account, login) in enumerate(steps):
        request = Request(unlink, "UTBK", str(account), str(login), None)
        rows = partitions[account % _PARTITION_COUNT]
        place = {"partition": account % _PARTITION_COUNT, "seq": len(rows) + 1}
        number = transaction_id(**place, partition_count=_PARTITION_COUNT)
        decision = model.decision(request)
        model.apply(request, decision, number)
        rows.append(Row(number, request, decision, _START + timedelta(seconds=moment)))
    return partitions


async def search(partitions: Sequence[Sequence[Row]]) -> tuple[Violation, ...]:
    return await disagreements(lambda: [_each(rows) for rows in partitions], _ended(partitions))


async def _each(rows: Sequence[Row]) -> AsyncIterator[Row]:
    for row in rows:
        yield row


def _ended(partitions: Sequence[Sequence[Row]]) -> list[Ended]:
    rows = {row.transaction_id: row for rows in partitions for row in rows}
    unlinks = [row for row in rows.values() if row.request.unlink and row.decision.cites is not None]
    return [_end(rows[unlink.decision.cites or 0], list(rows.values())) for unlink in unlinks]


def _end(made: Row, rows: Sequence[Row]) -> Ended:
    citing = sum(row.decision.cites == made.transaction_id for row in rows) - 1
    return Ended(made.transaction_id, made.request.court_id, made.request.cmecf_canonical, citing)


@given(_STEPS)
async def test_what_happened_in_order_is_explained(steps: list[Step]) -> None:
    assert not await search(happened(steps))


@given(_STEPS, st.randoms())
async def test_what_happened_is_explained_whatever_the_clocks_said(steps: list[Step], random: Random) -> None:
    partitions = [
        [row._replace(committed_at=_START + timedelta(seconds=random.randint(0, 99))) for row in rows]
        for rows in happened(steps)
    ]
    assert not await search(partitions)


async def test_outcome_that_nothing_explains_is_told() -> None:
    partitions = happened([(False, 0, 1), (False, 1, 2)])
    stranger = partitions[1][0]._replace(decision=Decision("Rejected", "CMECF_ALREADY_LINKED", 10_001))
    (violation,) = await search([partitions[0], [stranger], []])
    assert violation.examples == (str(stranger.transaction_id),)


async def test_ring_of_references_is_told() -> None:
    def refused(number: int, account: str, login: str, by: int) -> Row:
        decision = Decision("Rejected", "CMECF_ALREADY_LINKED", by)
        return Row(number, _link(account, login), decision, _START)

    def linked(number: int, account: str, login: str) -> Row:
        return Row(number, _link(account, login), Decision("Processed"), _START)

    first = [refused(10_001, "0", "b", 10_005), linked(10_004, "3", "a")]
    second = [refused(10_002, "1", "a", 10_004), linked(10_005, "4", "b")]
    (violation,) = await search([first, second, []])
    assert violation.count == 1


async def test_both_winning_the_same_login_is_told() -> None:
    partitions = happened([(False, 0, 1), (False, 1, 1)])
    winner = partitions[1][0]._replace(decision=Decision("Processed"))
    (violation,) = await search([partitions[0], [winner], []])
    assert violation.count == 1


def _link(account: str, login: str) -> Request:
    return Request(unlink=False, court_id="UTBK", pacer_account=account, cmecf_canonical=login, refusal=None)
