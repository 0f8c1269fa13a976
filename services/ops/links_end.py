"""Ending a link by order of the court: an Unlink request like any other, signed by auth's key and relayed by auth.

Called by `ecflink links end`; runs with auth's database role.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError
from uuid_utils.compat import uuid7

from services.auth.linking.receive import receive
from services.contract.courts import canonical_login
from services.contract.requests import LinkRequested, RequestKind
from services.contract.transactions import LinkTransaction
from services.ops.registry import packaged
from services.runtime.clock import now
from services.runtime.database import Connection, acquired, open_pool
from services.runtime.settings import DatabaseSettings, ProofSettings

VERIFIER: Final = "order-of-the-court"

# The newest addresses, where the accounts are still in the table.
_LINK: Final = """
SELECT t.facts, p.email AS pacer_email, c.email AS cmecf_email, c.court_id IS NOT NULL AS cmecf_known
  FROM auth.links AS l
  JOIN auth.transactions AS t USING (transaction_id)
  LEFT JOIN auth.pacer_accounts AS p ON p.pacer_account = l.pacer_account
  LEFT JOIN auth.cmecf_accounts AS c ON (c.court_id, c.cmecf_canonical) = (l.court_id, l.cmecf_canonical)
 WHERE l.court_id = $1 AND l.cmecf_canonical = $2"""


class EndSettings(DatabaseSettings, ProofSettings):
    """Settings of `ecflink links end`: the database as ecflink_auth, and the proof keys."""


class NotEnded(Exception):
    """The order cannot be taken; the message says why and what to do."""


@dataclass(frozen=True)
class Order:
    """What the court orders: which CM/ECF login's link ends, why, and who says so."""

    court_id: str
    login: str
    reason: str
    ordered_by: str


async def end(settings: EndSettings, order: Order) -> UUID:
    """Receive the order and return its request id. Raises NotEnded, or Transient without Postgres.

    An order, or a link request, of the same accounts that is still unanswered stands in the way and is named.
    """
    pool = await open_pool(settings, size_max=1)
    try:
        async with acquired(pool) as connection:
            request = _request(order, await _linked(connection, order))
            request_id = await receive(connection, request, settings.key_ring)
    finally:
        await pool.close()
    if request_id != request.request_id:
        raise NotEnded(f"request {request_id} of the same accounts is not answered yet: wait for it, then order again")
    return request_id


async def _linked(connection: Connection, order: Order) -> LinkRequested:
    court = packaged().get(order.court_id)
    row: Any = None
    if court is not None:
        row = await connection.fetchrow(_LINK, order.court_id, canonical_login(order.login, court.type))
    if row is None:
        raise NotEnded(f"no CM/ECF login {order.login!r} is linked at {order.court_id!r}: see `ecflink links list`")
    linked = LinkTransaction.model_validate_json(row["facts"]).request
    newest = {"pacer_email": row["pacer_email"] or linked.pacer_email}
    if row["cmecf_known"]:
        newest["cmecf_email"] = row["cmecf_email"]
    return linked.model_copy(update=newest)


def _request(order: Order, linked: LinkRequested) -> LinkRequested:
    moment = now()
    facts = linked.model_dump() | {
        "request_id": uuid7(),
        "request": RequestKind.UNLINK,
        "verifier_version": VERIFIER,
        "verified_at": moment,
        "confirmed_at": moment,
        "reason": order.reason,
        "ordered_by": order.ordered_by,
    }
    try:
        return LinkRequested.model_validate(facts)
    except ValidationError as error:
        faults = "; ".join(
            f"{fault['loc'][0] if fault['loc'] else 'order'}: {fault['msg']}" for fault in error.errors()
        )
        raise NotEnded(f"the order cannot be written down: {faults}") from None
