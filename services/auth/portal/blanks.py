"""Empty forms that everybody gets alike, but for the form's token: filled once per court and language, then kept.

Filling a template costs more than all else that is done for the page.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace

from starlette.responses import HTMLResponse

from services.auth.portal import language
from services.auth.portal.visit import Visit
from services.contract.courts import Court


class Blanks:
    """One form. `fill` answers with the whole page; it is given visits without session, query and fields alone."""

    def __init__(self, fill: Callable[[Visit], HTMLResponse]) -> None:
        self._fill = fill
        # Drawn by chance, so that it stands on no page by itself.
        self._mark = secrets.token_hex(16)
        # As many as there are courts in the registry and languages.
        self._kept: dict[tuple[str, str], tuple[Court, bytes]] = {}

    def answer(self, visit: Visit) -> HTMLResponse:
        """Return the page with the visit's own token."""
        assert visit.session is None, "the page would show whose session it is"
        assert not visit.query, "the page would show everybody what one was led here with"
        assert not visit.fields, "the page would show everybody what one has typed"
        place = visit.court.court_id, language.current()
        court, page = self._kept.get(place, (None, b""))
        if court is not visit.court:  # none yet, or courts-v1 has told of the court anew
            page = bytes(self._fill(replace(visit, form_token=self._mark)).body)
            self._kept[place] = visit.court, page
        own = page.replace(self._mark.encode(), visit.form_token.encode())
        return HTMLResponse(own, headers={"Content-Language": language.current()})
