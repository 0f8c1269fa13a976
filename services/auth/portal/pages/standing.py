"""My courts: where the filer is linked, where a request is under way, and where a link can be made."""

from starlette.responses import Response

from services.auth.portal.pages.court import by_kind
from services.auth.portal.ports import Courts, Linking, Stage, Standing
from services.auth.portal.screens import Screens
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
        known = [(standing, court) for standing in standings if (court := self._courts.get(standing.court_id))]
        done = {standing.court_id for standing in standings if standing.link or standing.open_request}
        open_courts = [court for court in self._courts.all() if self._live(court) and court.court_id not in done]
        return self._screens.show(
            "my_courts.html",
            visit,
            linked=_linked_at(standings, visit.court.court_id),
            standings=known,
            open_courts=by_kind(open_courts),
        )

    def _live(self, court: Court) -> bool:
        return court.live_at is not None and court.live_at <= self._now()


def _linked_at(standings: list[Standing], court_id: str) -> bool:
    return any(standing.link is not None for standing in standings if standing.court_id == court_id)
