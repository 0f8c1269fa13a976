"""P2: the ledger's order is that of the first valid appearances, and a naive model agrees with every outcome."""

from collections.abc import AsyncIterator
from typing import Final

from services.audit.lifetimes import Ended, Row
from services.audit.lines import Line
from services.audit.model import Decision, Request
from services.audit.order import disagreements
from services.audit.promises.questions import Promise, Question, ask
from services.audit.snapshot import Snapshot

_ORDERING: Final = Promise(
    name="P2",
    summary="""
SELECT to_char(count(*), 'FM999,999,999,990') || ' outcomes replayed, ' ||
       to_char(count(cites), 'FM999,999,999,990') || ' references'
  FROM ledger_rows""",
    violations=(
        Question(
            "recorded out of the order of requests",
            """
SELECT transaction_id::text AS id FROM (
    SELECT transaction_id, request_offset, lag(request_offset) OVER (PARTITION BY partition ORDER BY seq) AS before
      FROM ledger_rows) AS l
 WHERE request_offset <= before""",
        ),
        Question(
            "key is not the court and PACER account",
            """
SELECT transaction_id::text AS id FROM ledger_rows
 WHERE key <> convert_to(court_id || ':' || pacer_account, 'UTF8')""",
        ),
        Question(
            "not the request that stands at its offset",
            """
SELECT l.transaction_id::text AS id
  FROM ledger_rows AS l
  JOIN logs AS b ON b.topic = 'link-requests-v1' AND b.partition = l.partition
   AND l.request_offset >= b.log_start AND l.request_offset < b.read_to
  LEFT JOIN request_records AS r ON r.partition = l.partition AND r."offset" = l.request_offset
 WHERE r.request_id IS DISTINCT FROM l.request_id OR r.value_digest <> l.request_digest OR r.key <> l.key
    OR r.source <> l.source""",
        ),
        Question(
            "cites what is not in the ledger",
            """
SELECT l.transaction_id::text AS id FROM ledger_rows AS l
 WHERE l.cites IS NOT NULL AND NOT EXISTS (SELECT FROM ledger_rows AS c WHERE c.transaction_id = l.cites)""",
        ),
    ),
    unchecked=(
        Question(
            "requests are no longer in the log",
            """
SELECT l.transaction_id FROM ledger_rows AS l
  JOIN logs AS b ON b.topic = 'link-requests-v1' AND b.partition = l.partition
 WHERE l.request_offset < b.log_start""",
        ),
    ),
)
_ROWS: Final = """
SELECT transaction_id, kind, court_id, pacer_account, cmecf_canonical, refusal, status, reason, cites, committed_at
  FROM ledger_rows WHERE partition = $1 AND status IS NOT NULL ORDER BY seq"""
_ENDED: Final = """
SELECT made.transaction_id, made.court_id, made.cmecf_canonical,
       (SELECT count(*) FROM ledger_rows AS other
         WHERE other.cites = made.transaction_id AND other.transaction_id <> unlink.transaction_id) AS citations
  FROM ledger_rows AS unlink JOIN ledger_rows AS made ON made.transaction_id = unlink.cites
 WHERE unlink.kind = 'Unlink' AND unlink.status = 'Processed'"""
_PARTITIONS: Final = "SELECT max(partition_count) FROM linker.position"


async def ordering(snapshot: Snapshot) -> Line:
    """Return P2. Rows whose bytes cannot be read are left to P4."""
    count = (await snapshot.fetch(_PARTITIONS))[0][0] or 0
    ended = [Ended(*row) for row in await snapshot.fetch(_ENDED)]

    def rows() -> list[AsyncIterator[Row]]:
        return [_rows(snapshot, partition) for partition in range(count)]

    return await ask(_ORDERING, snapshot, found=await disagreements(rows, ended))


async def _rows(snapshot: Snapshot, partition: int) -> AsyncIterator[Row]:
    async for block in snapshot.rows(_ROWS, partition):
        for number, kind, court, account, login, refusal, status, reason, cites, committed_at in block:
            request = Request(kind == "Unlink", court, account, login, refusal)
            yield Row(number, request, Decision(status, reason, cites), committed_at)
