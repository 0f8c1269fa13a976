"""What the projection knows of a filer: links, transactions, letters. Reads only."""

from typing import Final
from uuid import UUID

from services.auth.portal.ports import Outcome
from services.contract.deliveries import DeliveryState, LetterKind
from services.contract.transactions import LinkTransaction
from services.runtime.database import Pool, acquired

HISTORY_COUNT_MAX: Final = 100

_LINK: Final = """
SELECT t.facts FROM auth.links AS l JOIN auth.transactions AS t USING (transaction_id)
 WHERE l.court_id = $1 AND l.pacer_account = $2"""

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
        return None if facts is None else LinkTransaction.model_validate_json(facts)

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
        facts = row["facts"]
        return Outcome(
            request_id=request_id,
            court_id=row["court_id"],
            received_at=row["received_at"],
            transaction=None if facts is None else LinkTransaction.model_validate_json(facts),
            letters={LetterKind(letter): DeliveryState(state) for letter, state in row["letters"]},
        )
