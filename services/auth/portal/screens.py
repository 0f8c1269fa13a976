"""Fills the templates: every page gets its court, its filer, the menu bar and the notices of this deployment."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from services.auth.portal import moments, words
from services.auth.portal.faults import PageFault
from services.auth.portal.forms import Faults
from services.auth.portal.visit import SignedVisit, Visit
from services.contract.reasons import comment_of

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
_DIGEST_LENGTH: Final = 12


@dataclass(frozen=True)
class Screens:
    """The pages of one deployment."""

    environment: Environment

    def show(
        self,
        template: str,
        visit: Visit,
        *,
        status: int = 200,
        faults: Faults | None = None,
        linked: bool = False,
        **values: object,
    ) -> HTMLResponse:
        """Answer with a page. `faults` stand in a summary and beside their fields; `linked` opens the filing menus."""
        signed = isinstance(visit, SignedVisit)
        filing = words.FILING_MENUS[visit.court.type] if linked else ()
        return self._render(
            template,
            status,
            visit=visit,
            court=visit.court,
            filer=visit.session.filer if visit.session and signed else None,
            menus=(*filing, *words.OPEN_MENUS) if signed else (),
            linked=linked,
            csrf=visit.form_token,
            faults=faults or {},
            **values,
        )

    def plain(self, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
        """Answer with a page that belongs to no court."""
        return self._render(template, status, court=None, filer=None, menus=(), faults={}, **values)

    def fault(self, fault: PageFault) -> HTMLResponse:
        """Answer with the page of a fault."""
        return self.plain("fault.html", status=fault.status, fault=fault)

    def _render(self, template: str, status: int, **values: object) -> HTMLResponse:
        return HTMLResponse(self.environment.get_template(template).render(values), status_code=status)


def screens(*, demo: bool, mail_stays_here: bool) -> Screens:
    """Return the pages with the notices of this deployment."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    style = (STATIC / "site.css").read_bytes()
    environment.globals |= {
        "demo": demo,
        "mail_stays_here": mail_stays_here,
        "style_address": f"/static/site.css?{hashlib.sha256(style).hexdigest()[:_DIGEST_LENGTH]}",
        "court_name": words.court_name,
        "filing_system": words.filing_system,
        "public_site": words.public_site,
        "central": moments.central,
        "court_local": moments.court_local,
        "in_words": moments.in_words,
        "comment_of": comment_of,
    }
    return Screens(environment)
