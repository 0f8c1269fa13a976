"""What stands before a confirmation: the request itself, if it was received already, the link, the CM/ECF account.

One look for all of it: those who confirm during a rush at the door wait for Postgres once, not three times.
"""

from typing import Final, NamedTuple

from services.auth.linking.forms import Proven
from services.auth.linking.record import transaction_of
from services.auth.signon.accounts import CMECF_COLUMNS, CmecfAccount
from services.contract.transactions import LinkTransaction
from services.runtime.database import Pool, acquired

_BEFORE: Final = f"""
SELECT EXISTS (SELECT FROM auth.attempts AS r WHERE r.request_id = $1 AND r.pacer_account = $2) AS received,
       (SELECT t.facts FROM auth.links AS l JOIN auth.transactions AS t USING (transaction_id)
         WHERE l.court_id = $3 AND l.pacer_account = $2) AS link,
       {CMECF_COLUMNS}
  FROM (VALUES (true)) AS one LEFT JOIN auth.cmecf_accounts AS a ON a.court_id = $3 AND a.cmecf_canonical = $4"""  # noqa: S608 - a constant of ours stands in it


class Before(NamedTuple):
    """What is known before. `account`: the CM/ECF account that was proven, as it is now; None when it is gone."""

    received: bool
    link: LinkTransaction | None
    account: CmecfAccount | None


async def before_confirming(pool: Pool, proven: Proven) -> Before:
    """Look what stands before the confirmation of what was proven. Raises Transient while Postgres does not answer."""
    place = (proven.pacer_account, proven.court_id, proven.cmecf_canonical)
    async with acquired(pool) as connection:
        row = await connection.fetchrow(_BEFORE, proven.request_id, *place)
    assert row is not None, "the statement returns one row"
    account = None if row["cmecf_canonical"] is None else CmecfAccount.of(row)
    return Before(row["received"], transaction_of(row["link"]), account)
