"""Receiving a request: its attempt and its outbox row in one statement, so that "received" means committed.

Idempotent by request id, and one open attempt per (court, PACER account): the row that stands answers for the second.
"""

from typing import Final
from uuid import UUID

from services.auth.insertions import Insertion, Shape, insert
from services.auth.outbox import rows
from services.auth.outbox.rows import Row
from services.auth.portal.ports import Client
from services.auth.security.acts import Act, noting
from services.contract.envelope import REPLAY_RUN, Headers, Source
from services.contract.proof import KeyRing
from services.contract.requests import LinkRequested
from services.contract.sealed import seal
from services.contract.topics import LINK_REQUESTS
from services.runtime.database import Connection
from services.runtime.faults import Transient

# Between our insert and our look the open attempt may be recorded; then there is room and we try again.
TRY_COUNT_MAX: Final = 5

_ATTEMPT: Final = Shape(
    "auth.attempts (request_id, kind, court_id, pacer_account, cmecf_canonical, state, received_at)",
    ("uuid", *["text"] * 5, "timestamptz"),
    "ON CONFLICT DO NOTHING",
)

# The same id first: a retry is answered with its own request, whatever else is open.
_STANDING: Final = """
SELECT request_id FROM auth.attempts
 WHERE request_id = $1 OR (court_id = $2 AND pacer_account = $3 AND state = 'received')
 ORDER BY request_id = $1 DESC LIMIT 1"""


async def receive(
    connection: Connection,
    request: LinkRequested,
    key_ring: KeyRing,
    traceparent: bytes | None = None,
    *,
    confirmed_by: Client | None = None,
) -> UUID:
    """Commit a request and return the id that answers for it: its own, or that of the open attempt in its way.

    `confirmed_by`: the filer's own request, which is a security act as well, or a step of a replay.
    """
    run = confirmed_by.replay_run if confirmed_by else None
    beside = [rows.insertion(_row(request, key_ring, traceparent, run))]
    if confirmed_by is not None:
        beside.append(_confirmed(request, confirmed_by))
    for _ in range(TRY_COUNT_MAX):
        if await insert(connection, _attempt(request), *beside):
            return request.request_id
        standing: UUID | None = await connection.fetchval(
            _STANDING, request.request_id, request.court_id, request.pacer_account
        )
        if standing is not None:
            return standing
    raise Transient(f"request {request.request_id} found other attempts coming and going in its way")


def _attempt(request: LinkRequested) -> Insertion:
    place = (request.court_id, request.pacer_account, request.cmecf_canonical)
    return Insertion(_ATTEMPT, (request.request_id, request.request.value, *place, "received", request.confirmed_at))


def _confirmed(request: LinkRequested, client: Client) -> Insertion:
    return noting(
        Act.LINK_CONFIRMED,
        request.confirmed_at,
        pacer_account=request.pacer_account,
        court_id=request.court_id,
        client=client,
        request_id=str(request.request_id),
    )


def _row(request: LinkRequested, key_ring: KeyRing, traceparent: bytes | None, replay_run: str | None) -> Row:
    sealed = seal(request, key_ring, source=Source.AUTH, traceparent=traceparent)
    marks: Headers = [(REPLAY_RUN, replay_run.encode())] if replay_run else []
    headers = [*sealed.headers, *marks]
    return Row(LINK_REQUESTS, sealed.key, headers, sealed.value, request.request_id, key_ring.signing_key_id)
