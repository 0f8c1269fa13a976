"""Before the sign-in: the list of courts, a stand-in for the court's own site, and the filing system's landing page."""

from itertools import groupby
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from services.auth.portal.language import marked as _
from services.auth.portal.ports import Courts
from services.auth.portal.screens import Screens
from services.auth.portal.search import matching, typed_in
from services.auth.portal.visit import Visit
from services.contract.courts import Court, CourtType
from services.runtime.clock import Clock

_KINDS: Final = {
    CourtType.BANKRUPTCY: _("Bankruptcy courts"),
    CourtType.DISTRICT: _("District courts"),
    CourtType.APPELLATE: _("Courts of appeals"),
    CourtType.BAP: _("Bankruptcy appellate panels"),
    CourtType.NATIONAL: _("National courts"),
}


class CourtPages:
    """Pages that everybody may read."""

    def __init__(self, screens: Screens, courts: Courts, *, now: Clock) -> None:
        self._screens = screens
        self._courts = courts
        self._now = now

    async def index(self, request: Request) -> Response:
        """GET /: every court of the registry, or those that fit what was typed."""
        typed = typed_in(request.query_params)
        found = matching(self._courts.all(), typed)
        return self._screens.plain(
            "courts.html",
            query=request.query_params,
            kinds=by_kind(found),
            typed=typed,
            found=len(found),
            known=bool(self._courts.all()),
        )

    async def site(self, visit: Visit) -> Response:
        """GET /UTBK: stands in for the court's own site, which leads to its filing system."""
        return self._screens.show("site.html", visit, live=self._live(visit.court))

    async def landing(self, visit: Visit) -> Response:
        """GET /UTBK/ecf: where the filing system begins."""
        return self._screens.show("landing.html", visit, live=self._live(visit.court))

    def _live(self, court: Court) -> bool:
        return court.live_at is not None and court.live_at <= self._now()


def by_kind(courts: list[Court]) -> list[tuple[str, list[Court]]]:
    """Return the courts by their kinds, in the order of the list of courts."""
    order = list(_KINDS)
    ordered = sorted(courts, key=lambda court: (order.index(court.type), court.title))
    return [(_KINDS[kind], list(group)) for kind, group in groupby(ordered, key=lambda court: court.type)]
