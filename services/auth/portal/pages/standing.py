"""My courts: where the filer is linked, where a request is under way, and where a link can be made."""

from starlette.responses import Response

from services.auth.portal.pages.court import by_kind
from services.auth.portal.ports import Courts, Linking, Stage, Standing
from services.auth.portal.screens import Screens
from services.auth.portal.search import matching, typed_in
from services.auth.portal.stages import next_stop
from services.auth.portal.visit import SignedVisit, see_other
from services.contract.courts import Court
from services.runtime.clock import Clock


class StandingPages:
    """One filer, all courts."""

    def __init__(self, screens: Screens, linking: Linking, courts: Courts, *, now: Clock) -> None:
        self._screens = screens
        self._linking = linking
        self._courts = courts
        self._now = now

    async def show(self, visit: SignedVisit) -> Response:
        """GET /UTBK/my-courts: open also while access is restricted until a second factor is enrolled."""
        stop = next_stop(visit.session, visit.court)
        if stop and visit.session.stage is not Stage.RESTRICTED:
            return see_other(visit.address(stop))
        standings = await self._linking.standings(visit.session.filer)
        typed = typed_in(visit.query)
        found = {court.court_id: court for court in matching(self._courts.all(), typed)}
        done = {standing.court_id for standing in standings if standing.link or standing.open_request}
        others = [court for court in found.values() if court.court_id not in done]
        return self._screens.show(
            "my_courts.html",
            visit,
            linked=_linked_at(standings, visit.court.court_id),
            standings=[(each, found[each.court_id]) for each in standings if each.court_id in found],
            open_courts=by_kind([court for court in others if self._live(court)]),
            # Not in the whole list, which is of what can be done; who searches for such a court is to learn why.
            closed_courts=[court for court in others if not self._live(court)] if typed else [],
            typed=typed,
            found=len(found),
        )

    def _live(self, court: Court) -> bool:
        return court.live_at is not None and court.live_at <= self._now()


def _linked_at(standings: list[Standing], court_id: str) -> bool:
    return any(standing.link is not None for standing in standings if standing.court_id == court_id)
