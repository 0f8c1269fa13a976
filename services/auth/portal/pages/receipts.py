"""The receipt to take away: `GET /UTBK/link/requests/ID.txt` and `.pdf`, the same facts as on its page."""

import asyncio
from collections import OrderedDict
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.auth.portal.door import Door
from services.auth.portal.faults import PageFault
from services.auth.portal.language import marked as _
from services.auth.portal.pages.outcomes import outcome_of
from services.auth.portal.pages.papers import Paper, as_text, paper_of
from services.auth.portal.ports import Linking
from services.auth.portal.screens import Screens
from services.auth.portal.visit import SignedVisit, see_other

DRAWN_COUNT_MAX: Final = 64
DRAWING_COUNT_MAX: Final = 16
_PATH: Final = "/{court_id}/link/requests/{request_id:uuid}"


class ReceiptPages:
    """A part of the portal. PDFs are drawn one at a time, beside the event loop; the last few are kept."""

    def __init__(self, linking: Linking) -> None:
        self._linking = linking
        self._one = asyncio.Lock()
        self._waiting = 0
        self._drawn: OrderedDict[Paper, bytes] = OrderedDict()

    def routes(self, door: Door, screens: Screens) -> list[BaseRoute]:  # noqa: ARG002 - what every part is given
        """Return the two addresses."""
        return [
            Route(f"{_PATH}.txt", door.signed_in(self._text)),
            Route(f"{_PATH}.pdf", door.signed_in(self._pdf)),
        ]

    async def _text(self, visit: SignedVisit) -> Response:
        """GET /UTBK/link/requests/ID.txt."""
        found = await self._paper(visit)
        return _attached(as_text(found), "text/plain; charset=utf-8", visit, "txt") if found else _to_page(visit)

    async def _pdf(self, visit: SignedVisit) -> Response:
        """GET /UTBK/link/requests/ID.pdf."""
        found = await self._paper(visit)
        return _attached(await self._draw(found), "application/pdf", visit, "pdf") if found else _to_page(visit)

    async def _paper(self, visit: SignedVisit) -> Paper | None:
        outcome = await outcome_of(self._linking, visit, wait_s=0)
        return paper_of(outcome.transaction, visit.court) if outcome.transaction else None

    async def _draw(self, paper: Paper) -> bytes:
        if self._waiting >= DRAWING_COUNT_MAX:
            raise PageFault(
                503,
                _("Many receipts are being made at this moment"),
                _("Your receipt could not be drawn now. The record of your request is not touched by that."),
                _("Wait a few seconds and try again, or save the receipt as text."),
            )
        self._waiting += 1
        try:
            async with self._one:
                if paper not in self._drawn:
                    self._drawn[paper] = await asyncio.to_thread(_pdf, paper)
                self._drawn.move_to_end(paper)
                while len(self._drawn) > DRAWN_COUNT_MAX:
                    self._drawn.popitem(last=False)
                return self._drawn[paper]
        finally:
            self._waiting -= 1


def _attached(body: bytes, media_type: str, visit: SignedVisit, ending: str) -> Response:
    name = f"receipt-{visit.court.court_id}-{visit.request.path_params['request_id']}.{ending}"
    return Response(body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _to_page(visit: SignedVisit) -> Response:
    # Not recorded yet: the page waits for it.
    return see_other(visit.address(f"link/requests/{visit.request.path_params['request_id']}"))


def _pdf(paper: Paper) -> bytes:
    # A third of what auth would import, for a file that few ask for.
    from services.auth.portal.pages.drawing import as_pdf  # noqa: PLC0415

    return as_pdf(paper)
