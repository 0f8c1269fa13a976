"""What the projection knows of a filer: links, transactions, letters. Reads only."""

from typing import Final
from uuid import UUID

from services.auth.portal.ports import Outcome, Standing
from services.contract.deliveries import DeliveryState, LetterKind
from services.contract.transactions import LinkTransaction
from services.runtime.database import Pool, acquired

HISTORY_COUNT_MAX: Final = 100

_LINK: Final = """
SELECT t.facts FROM auth.links AS l JOIN auth.transactions AS t USING (transaction_id)
 WHERE l.court_id = $1 AND l.pacer_account = $2"""

_LINK_OF_LOGIN: Final = """
SELECT t.facts FROM auth.links AS l JOIN auth.transactions AS t USING (transaction_id)
 WHERE l.court_id = $1 AND l.cmecf_canonical = $2 ORDER BY t.transaction_id DESC LIMIT 1"""

# Every link is one of the account's own transactions, so the courts are those of transactions and open requests.
_STANDINGS: Final = """
WITH mine AS (SELECT DISTINCT ON (court_id) court_id, facts FROM auth.transactions
               WHERE pacer_account = $1 ORDER BY court_id, transaction_id DESC),
     open AS (SELECT court_id, request_id FROM auth.attempts WHERE pacer_account = $1 AND state = 'received')
SELECT court_id, mine.facts AS last, open.request_id AS open_request,
       (SELECT t.facts FROM auth.links AS l JOIN auth.transactions AS t USING (transaction_id)
         WHERE l.court_id = coalesce(mine.court_id, open.court_id) AND l.pacer_account = $1) AS link
  FROM mine FULL JOIN open USING (court_id) ORDER BY court_id"""

_HISTORY: Final = """
SELECT facts FROM auth.transactions WHERE pacer_account = $1 AND court_id = $2
 ORDER BY transaction_id DESC LIMIT $3"""

_OUTCOME: Final = """
SELECT a.court_id, a.received_at, t.facts,
       ARRAY(SELECT (d.letter, d.state) FROM auth.deliveries AS d WHERE d.transaction_id = t.transaction_id) AS letters
  FROM auth.attempts AS a LEFT JOIN auth.transactions AS t USING (request_id)
 WHERE a.request_id = $1 AND a.pacer_account = $2"""


class Record:
    """The record in Postgres. Raises Transient while it does not answer."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def link(self, court_id: str, pacer_account: str) -> LinkTransaction | None:
        """Return the transaction of a PACER account's active link at a court."""
        async with acquired(self._pool) as connection:
            facts = await connection.fetchval(_LINK, court_id, pacer_account)
        return transaction_of(facts)

    async def link_of_login(self, court_id: str, canonical: str) -> LinkTransaction | None:
        """Return the transaction of the link that a CM/ECF login stands in."""
        async with acquired(self._pool) as connection:
            facts = await connection.fetchval(_LINK_OF_LOGIN, court_id, canonical)
        return transaction_of(facts)

    async def standings(self, pacer_account: str) -> list[Standing]:
        """Return how a PACER account stands at each court where something happened, by court id."""
        async with acquired(self._pool) as connection:
            found = await connection.fetch(_STANDINGS, pacer_account)
        return [
            Standing(row["court_id"], transaction_of(row["link"]), transaction_of(row["last"]), row["open_request"])
            for row in found
        ]

    async def history(self, court_id: str, pacer_account: str) -> list[LinkTransaction]:
        """Return a PACER account's transactions at a court, newest first: its partition's ids only grow."""
        async with acquired(self._pool) as connection:
            found = await connection.fetch(_HISTORY, pacer_account, court_id, HISTORY_COUNT_MAX)
        return [LinkTransaction.model_validate_json(row["facts"]) for row in found]

    async def outcome(self, request_id: UUID, pacer_account: str) -> Outcome | None:
        """Return what is known of a PACER account's request; None where it has no such request."""
        async with acquired(self._pool) as connection:
            row = await connection.fetchrow(_OUTCOME, request_id, pacer_account)
        if row is None:
            return None
        return Outcome(
            request_id=request_id,
            court_id=row["court_id"],
            received_at=row["received_at"],
            transaction=transaction_of(row["facts"]),
            letters={LetterKind(letter): DeliveryState(state) for letter, state in row["letters"]},
        )


def transaction_of(facts: bytes | None) -> LinkTransaction | None:
    """Return the transaction whose facts a row holds; None where it holds none."""
    return None if facts is None else LinkTransaction.model_validate_json(facts)
