"""P3: one active link per PACER account and per CM/ECF login of a court; the table is what the ledger adds up to."""

from typing import Final

from services.audit.promises.questions import Promise, Question

LINKS: Final = Promise(
    name="P3",
    summary="SELECT to_char(count(*), 'FM999,999,999,990') || ' active links' FROM linker.links",
    violations=(
        Question(
            "link of the ledger that is not active",
            """
SELECT transaction_id::text AS id FROM (
       SELECT * FROM counted_links
       EXCEPT SELECT transaction_id, court_id, pacer_account, cmecf_canonical FROM linker.links) AS lost""",
        ),
        Question(
            "active link that the ledger does not have",
            """
SELECT transaction_id::text AS id FROM (
       SELECT transaction_id, court_id, pacer_account, cmecf_canonical FROM linker.links
       EXCEPT SELECT * FROM counted_links) AS extra""",
        ),
        Question(
            "PACER account with two links at one court",
            """
SELECT string_agg(transaction_id::text, '+') AS id FROM all_links
 GROUP BY court_id, pacer_account HAVING count(*) > 1""",
        ),
        Question(
            "CM/ECF login with two links at one court",
            """
SELECT string_agg(transaction_id::text, '+') AS id FROM all_links
 GROUP BY court_id, cmecf_canonical HAVING count(*) > 1""",
        ),
    ),
)
