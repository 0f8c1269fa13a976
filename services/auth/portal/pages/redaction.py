"""The redaction notice: after a right password and before anything of a filing system."""

from typing import Final

from starlette.responses import Response

from services.auth.portal.door import own_path
from services.auth.portal.forms import Faults, RedactionForm, parse
from services.auth.portal.ports import SignOn, Stage
from services.auth.portal.screens import Screens
from services.auth.portal.stages import next_stop
from services.auth.portal.visit import SignedVisit, see_other
from services.contract.courts import CourtType

# What demands redaction at each kind of court; the appellate rule points to the rules of the court below.
RULES: Final = {
    CourtType.BANKRUPTCY: "Fed. R. Bankr. P. 9037",
    CourtType.DISTRICT: "Fed. R. Civ. P. 5.2, Fed. R. Crim. P. 49.1",
    CourtType.APPELLATE: "Fed. R. App. P. 25(a)(5)",
    CourtType.BAP: "Fed. R. Bankr. P. 9037",
    CourtType.NATIONAL: "Fed. R. Civ. P. 5.2",
}


class RedactionPages:
    """The notice, and the tick under it. Open to sessions that have no other page before them."""

    def __init__(self, screens: Screens, sign_on: SignOn) -> None:
        self._screens = screens
        self._sign_on = sign_on

    async def notice(self, visit: SignedVisit) -> Response:
        """GET /UTBK/redaction."""
        if visit.session.stage is not Stage.FULL:
            return see_other(visit.address(next_stop(visit.session, visit.court) or "menu"))
        return self._page(visit, {})

    async def acknowledge(self, visit: SignedVisit) -> Response:
        """POST /UTBK/redaction: noted for this session; on to where the filer wanted to go."""
        if visit.session.stage is not Stage.FULL:
            return await self.notice(visit)
        form = parse(RedactionForm, visit.fields)
        if isinstance(form, dict):
            return self._page(visit, form, status=422)
        await self._sign_on.acknowledge_redaction(visit.session, visit.court.court_id)
        return see_other(_after(visit) or visit.address("menu"))

    def _page(self, visit: SignedVisit, faults: Faults, *, status: int = 200) -> Response:
        rules = RULES[visit.court.type]
        return self._screens.show(
            "redaction.html", visit, status=status, faults=faults, rules=rules, after=_after(visit)
        )


def _after(visit: SignedVisit) -> str:
    return own_path(visit.fields.get("next") or visit.query.get("next", ""))
