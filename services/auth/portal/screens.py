"""Fills the templates: every page gets its court, its filer, the menu bar and the notices of this deployment."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from services.auth.portal import language, moments, words
from services.auth.portal.faults import PageFault
from services.auth.portal.forms import Faults
from services.auth.portal.ports import Session, Stage
from services.auth.portal.stages import next_stop
from services.auth.portal.visit import SignedVisit, Visit
from services.contract.courts import Court
from services.contract.reasons import comment_of
from services.runtime.clock import Clock

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
_BUILT: Final = STATIC / "assets"
_DIGEST_LENGTH: Final = 12


@dataclass(frozen=True)
class Screens:
    """The pages of one deployment; `deployment` is what its templates are told beside their page's own values."""

    environment: Environment
    deployment: dict[str, object]

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
        """Answer with a page. `faults` stand in a summary and beside their fields; `linked` opens the filing menus.

        `filer` and the menu bar are there once nothing else has to come first; `signed_as` is whose name is shown.
        """
        session = visit.session if isinstance(visit, SignedVisit) else None
        settled = session is not None and next_stop(session, visit.court) is None
        filing = words.FILING_MENUS[visit.court.type] if linked else ()
        return self._render(
            template,
            status,
            visit=visit,
            court=visit.court,
            filer=session.filer if session and settled else None,
            signed_as=session.filer if session and session.stage is not Stage.FACTOR_DUE else None,
            ends_at=ends_at(session) if session else None,
            menus=(*filing, *words.OPEN_MENUS) if settled else (),
            linked=linked,
            csrf=visit.form_token,
            faults=faults or {},
            languages=_languages(visit.query),
            **values,
        )

    def plain(
        self,
        template: str,
        *,
        status: int = 200,
        court: Court | None = None,
        query: Mapping[str, str] | None = None,
        **values: object,
    ) -> HTMLResponse:
        """Answer with a page for which nobody needs to be known; `court` gives it a court's masthead and desk."""
        return self._render(
            template,
            status,
            court=court,
            filer=None,
            signed_as=None,
            ends_at=None,
            menus=(),
            linked=False,
            faults={},
            languages=_languages(query or {}),
            **values,
        )

    def fault(self, fault: PageFault, *, court: Court | None = None, retry_after_s: int | None = None) -> HTMLResponse:
        """Answer with the page of a fault."""
        return self.plain(
            "state.html",
            status=fault.status,
            court=court,
            state=fault.state,
            told=fault.told,
            transaction=None,
            retry_after_s=retry_after_s,
        )

    def asset(self, name: str) -> str:
        """Return the address of a file under static/: one that changes with its content."""
        return asset(name)

    def _render(self, template: str, status: int, **values: object) -> HTMLResponse:
        page = self.environment.get_template(template).render(self.deployment, **values, language=language.current())
        return HTMLResponse(page, status_code=status, headers={"Content-Language": language.current()})


def screens(
    *,
    demo: bool,
    mail_stays_here: bool,
    now: Clock,
    remote_sign_on: bool = False,
    idle_s: int = 1800,
    rehearsal: bool = False,
) -> Screens:
    """Return the pages with the notices of this deployment."""
    deployment = {
        "demo": demo,
        "mail_stays_here": mail_stays_here,
        "rehearsal": rehearsal,
        "remote_sign_on": remote_sign_on,
        "idle_minutes": idle_s // 60,
        "present": now,
        # Both are switched on by the portal where a feature brings the addresses.
        "second_factor": False,
        "downloads": False,
    }
    return Screens(_environment(), deployment)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["said"] = language.gettext
    environment.globals |= {
        "asset": asset,
        "court_name": words.court_name,
        "filing_system": words.filing_system,
        "public_site": words.public_site,
        "desks": words.desks,
        "resets_password": words.resets_password,
        "link_label": words.link_label,
        "landing_link": words.landing_link,
        "menu_path": words.menu_path,
        "way_to_link": words.way_to_link,
        "hints": words.hints,
        "login_hints": words.login_hints,
        "central": moments.central,
        "court_local": moments.court_local,
        "at_court": moments.at_court,
        "in_words": language.in_words,
        "zone_in_words": language.zone_in_words,
        "days_in_words": language.days_in_words,
        "comment_of": comment_of,
    }
    for name in environment.list_templates():
        environment.get_template(name)  # compiled now, not while the first of a rush wait
    return environment


@cache
def asset(name: str) -> str:
    """Return the address of `styles.css` and the like as they were built, or of a script under static/."""
    built: dict[str, str] = json.loads((_BUILT / "manifest.json").read_bytes())
    if name in built:
        return f"/static/assets/{built[name]}"
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?{digest[:_DIGEST_LENGTH]}"


def ends_at(session: Session) -> datetime:
    """Return when a session ends if its filer does nothing more."""
    return min(session.expires_at, session.idle_until or session.expires_at)


def _languages(query: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return code, name and relative address of each language; what else stood in the address stays."""
    return [(code, name, "?" + urlencode({**query, "lang": code})) for code, name in language.LANGUAGES.items()]
