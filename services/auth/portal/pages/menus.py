"""The menu bar's pages: reduced until the accounts are linked, whole afterwards. No filing before the link."""

from typing import Protocol

from starlette.responses import Response

from services.auth.portal.faults import page_not_found
from services.auth.portal.ports import Linking
from services.auth.portal.screens import Screens
from services.auth.portal.visit import SignedHandler, SignedVisit
from services.auth.portal.words import FILING_MENUS, FILING_SLUGS, menu_path


class LinkFirst(Protocol):
    """Answers a filer who must link before filing."""

    async def link_first(self, visit: SignedVisit) -> Response:
        """Return the link page, with a notice of why it is shown."""


class MenuPages:
    """Query, Reports, Utilities, and the filing menus."""

    def __init__(self, screens: Screens, linking: Linking, link_pages: LinkFirst) -> None:
        self._screens = screens
        self._linking = linking
        self._link_pages = link_pages

    def page(self, template: str) -> SignedHandler:
        """Return the handler of a page that is there before and after the link."""

        async def handler(visit: SignedVisit) -> Response:
            link = await self._linking.link_of(visit.session.filer, visit.court.court_id)
            return self._screens.show(template, visit, linked=link is not None, link=link)

        return handler

    async def nextgen(self, visit: SignedVisit) -> Response:
        """GET /UTBK/utilities/nextgen: the menu that the link is in. A court of appeals has none."""
        if not menu_path(visit.court):
            raise page_not_found()
        return await self.page("nextgen.html")(visit)

    async def history(self, visit: SignedVisit) -> Response:
        """GET /UTBK/utilities/transactions: all that was ever asked for by this filer at this court."""
        filer, court_id = visit.session.filer, visit.court.court_id
        link = await self._linking.link_of(filer, court_id)
        transactions = await self._linking.history(filer, court_id)
        return self._screens.show("history.html", visit, linked=link is not None, transactions=transactions)

    async def filing(self, visit: SignedVisit) -> Response:
        """GET /UTBK/bankruptcy and the like: the link page for whoever has not linked."""
        slug = visit.path.rpartition("/")[2]
        items = {item.slug: item for item in FILING_MENUS[visit.court.type]}
        if slug not in FILING_SLUGS or slug not in items:
            raise page_not_found()
        link = await self._linking.link_of(visit.session.filer, visit.court.court_id)
        if link is None:
            return await self._link_pages.link_first(visit)
        return self._screens.show("filing.html", visit, linked=True, item=items[slug], link=link)
