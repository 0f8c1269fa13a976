"""The link walk: who is signed in and the acknowledgment, the CM/ECF credentials, the question, the request.

Each step asks the inside again whether a link can be made at all, so no step can be reached around another.
"""

from urllib.parse import urlencode

from starlette.responses import Response

from services.auth.portal.cookies import PAIR, Cookies
from services.auth.portal.forms import AcknowledgmentForm, CmecfForm, Faults, parse
from services.auth.portal.language import gettext
from services.auth.portal.language import marked as _
from services.auth.portal.pages.refusals import refusal_page
from services.auth.portal.pages.waits import busy_sentence, later
from services.auth.portal.pairs import NamesDiffer, Pair
from services.auth.portal.ports import (
    Busy,
    CmecfRefused,
    FormStale,
    Linking,
    LinkRefused,
    SignOn,
    Throttled,
)
from services.auth.portal.screens import Screens
from services.auth.portal.seals import PAIR_AGE_S_MAX, Seals
from services.auth.portal.stages import PROVE_AGAIN, proof_due
from services.auth.portal.states import State, state, telling
from services.auth.portal.visit import SignedHandler, SignedVisit, see_other
from services.runtime.clock import Clock

CMECF_REFUSED = _("The CM/ECF login or the CM/ECF password is not correct, or this CM/ECF account is no longer in use")
BOTH_ARE_ME = _("Tick the box to confirm that both names are yours, or do not link")


class LinkPages:
    """Steps four to nine of the court's instructions."""

    def __init__(  # noqa: PLR0913 - the walk touches all of them
        self,
        *,
        screens: Screens,
        sign_on: SignOn,
        linking: Linking,
        seals: Seals,
        cookies: Cookies,
        now: Clock,
        prove_again_after_s: int,
    ) -> None:
        self._screens = screens
        self._sign_on = sign_on
        self._linking = linking
        self._seals = seals
        self._cookies = cookies
        self._now = now
        self._prove_again_after_s = prove_again_after_s

    def step(self, handler: SignedHandler) -> SignedHandler:
        """Return a handler that answers with the refusal where this filer cannot link at this court."""

        async def checked(visit: SignedVisit) -> Response:
            try:
                await self._linking.check(visit.session.filer, visit.court)
                return await handler(visit)
            except LinkRefused as refused:
                return refusal_page(self._screens, visit, refused)

        return checked

    async def link_first(self, visit: SignedVisit) -> Response:
        """Answer the address of a filing menu before the link: forbidden until then."""

        async def page(visit: SignedVisit) -> Response:
            return self._who(visit, {}, status=403, filing_wanted=True)

        return await self.step(page)(visit)

    async def who(self, visit: SignedVisit) -> Response:
        """GET /UTBK/link: whose account this is."""
        return self._who(visit, {})

    async def acknowledge(self, visit: SignedVisit) -> Response:
        """POST /UTBK/link: it is the filer's own."""
        form = parse(AcknowledgmentForm, visit.fields)
        if isinstance(form, dict):
            return self._who(visit, form, status=422)
        await self._sign_on.acknowledge(visit.session, visit.court.court_id)
        return see_other(visit.address("link/account"))

    async def credentials(self, visit: SignedVisit) -> Response:
        """GET /UTBK/link/account: the form for CM/ECF login and password."""
        return self._credentials(visit, {}) if _acknowledged(visit) else see_other(visit.address("link"))

    async def prove(self, visit: SignedVisit) -> Response:
        """POST /UTBK/link/account: verify them, and keep the proven pair for the question."""
        if not _acknowledged(visit):
            return see_other(visit.address("link"))
        form = parse(CmecfForm, visit.fields)
        if isinstance(form, dict):
            return self._credentials(visit, form, status=422)
        try:
            pair = await self._linking.prove(
                visit.session, visit.court, form.cmecf_login, form.cmecf_password, client=visit.client
            )
        except CmecfRefused:
            faults = {"cmecf_login": gettext(CMECF_REFUSED)}
            return self._credentials(visit, faults, status=403, told=State.CMECF_BAD_CREDENTIALS)
        except Busy as busy:
            told = State.CMECF_LOCKED if isinstance(busy, Throttled) else State.BUSY
            page = self._credentials(visit, {"": busy_sentence(busy)}, status=503, told=told)
            return later(page, busy.retry_after_s)
        return self._ask(visit, pair)

    def _ask(self, visit: SignedVisit, pair: Pair) -> Response:
        sealed = self._seals.seal(pair, visit.session, visit.court.court_id, now=self._now())
        if sealed is None:  # too long for a cookie: asked in this very answer
            return self._question(visit, pair)
        response = see_other(visit.address("link/confirm"))
        self._cookies.put(response, PAIR, sealed, max_age_s=PAIR_AGE_S_MAX)
        return response

    async def question(self, visit: SignedVisit) -> Response:
        """GET /UTBK/link/confirm: do you want to link these accounts?"""
        if self._proof_due(visit):
            return self._prove_again(visit)
        pair = self._pair(visit)
        return self._question(visit, pair) if pair else see_other(visit.address("link/account"))

    async def confirm(self, visit: SignedVisit) -> Response:
        """POST /UTBK/link/confirm: commit the request. The same form again is the same request."""
        if self._proof_due(visit):
            return self._prove_again(visit)
        try:
            request_id = await self._linking.confirm(
                visit.session,
                visit.court,
                visit.fields.get("form_token", ""),
                client=visit.client,
                both_are_me=visit.fields.get("both_are_me", ""),
            )
        except NamesDiffer as differ:
            return self._question(visit, differ.pair, {"both_are_me": gettext(BOTH_ARE_ME)}, status=422)
        except FormStale:
            return state(self._screens, visit, State.FORM_STALE)
        except LinkRefused as refused:
            return refusal_page(self._screens, visit, refused)
        return see_other(visit.address(f"link/requests/{request_id}"))

    def _who(self, visit: SignedVisit, faults: Faults, *, status: int = 200, filing_wanted: bool = False) -> Response:
        return self._screens.show("link_who.html", visit, status=status, faults=faults, filing_wanted=filing_wanted)

    def _credentials(
        self, visit: SignedVisit, faults: Faults, *, status: int = 200, told: State | None = None
    ) -> Response:
        kept = visit.fields.get("cmecf_login", "")[:200]
        shown = telling(told) if told else None
        return self._screens.show("link_account.html", visit, status=status, faults=faults, kept=kept, told=shown)

    def _question(self, visit: SignedVisit, pair: Pair, faults: Faults | None = None, *, status: int = 200) -> Response:
        told = telling(State.NAME_MISMATCH)
        return self._screens.show("link_confirm.html", visit, status=status, faults=faults, pair=pair, told=told)

    def _pair(self, visit: SignedVisit) -> Pair | None:
        sealed = self._cookies.read(visit.request, PAIR)
        return self._seals.unseal(sealed, visit.session, visit.court.court_id, now=self._now())

    def _proof_due(self, visit: SignedVisit) -> bool:
        return proof_due(visit.session, self._now(), self._prove_again_after_s)

    def _prove_again(self, visit: SignedVisit) -> Response:
        after = urlencode({"next": visit.address("link/confirm")})
        return see_other(visit.address(f"{PROVE_AGAIN}?{after}"))


def _acknowledged(visit: SignedVisit) -> bool:
    return visit.session.acknowledged_court == visit.court.court_id
