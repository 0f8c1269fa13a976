"""`ecflink requests`: sends requests again that were received and never answered, the same bytes under the same id."""

import asyncio
from uuid import UUID

from cyclopts import App

from services.auth.outbox.rows import republish
from services.ops.arguments import Json
from services.runtime.database import connecting
from services.runtime.screen import say, show
from services.runtime.settings import DatabaseSettings, load

app = App(name="requests", help="Link requests on their way to the linker.")


@app.command(name="republish")
def republish_requests(request: UUID | None = None, /, *, json: Json = False) -> int:
    """Let auth publish unanswered requests again; the linker knows those that it has. Needs the login ecflink_auth.

    Parameters
    ----------
    request
        Only this one; all that are unanswered if not given.
    """
    found = asyncio.run(_republish(load(DatabaseSettings), request))
    if json:
        show([{"request_id": str(each)} for each in found], columns=("request_id",), json=True)
    else:
        say(f"{len(found)} unanswered requests are published again" if found else "no request is unanswered")
    return 0 if found or request is None else 1


async def _republish(settings: DatabaseSettings, request: UUID | None) -> list[UUID]:
    async with connecting(settings) as connection:
        return await republish(connection, request)
