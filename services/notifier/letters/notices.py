"""The letter of a notice: written from compiled templates, English first and Spanish below it.

A security code is given by whoever opened it; it stands in the letter's body alone, never in a subject.
"""

from collections.abc import Callable
from html import escape
from typing import Final

from services.contract.notices import FilerNotified, NoticeKind
from services.notifier.letters.changes import told
from services.notifier.letters.facts import CourtFacts, central_time, court_time, masked
from services.notifier.letters.mail import Letter, ascii_domain, too_long
from services.notifier.letters.template import Template
from services.notifier.letters.write import CourtsKnown

# The PACER Service Center (domain notes, 0.11).
PSC: Final = "800-676-6856, pacer@psc.uscourts.gov"
_SUBJECTS: Final = {
    NoticeKind.COURT_LIVE: "NextGen CM/ECF is live: link your PACER account",
    NoticeKind.SECURITY_CODE: "Your security code",
    NoticeKind.FACTOR_CHANGED: "Your PACER account: a second sign-in step was changed",
    NoticeKind.PASSWORD_CHANGED: "Your PACER account: the password was changed",
}
_AT_ONCE: Final = (
    "You cannot file there until you link your PACER account to your CM/ECF account.",
    "No puede presentar documentos allí hasta que vincule su cuenta PACER con su cuenta CM/ECF.",
)
_IN_TIME: Final = (
    "Link your PACER account to your CM/ECF account in time: after the date below you cannot file there without it.",
    "Vincule a tiempo su cuenta PACER con su cuenta CM/ECF: después de la fecha indicada no podrá presentar nada allí.",
)
_MENU: Final = 'Utilities, then "Link a CM/ECF account to my PACER account"'
# Appellate courts offer it on the landing page, under another name (domain notes, 1.3).
_MENU_APPELLATE: Final = '"Link My Filer Account to My PACER Account"'


class NoticeWriter:
    """Writes the letters of notices; made once per process. `public_url` is what a filer types, without a path."""

    def __init__(self, courts: CourtsKnown, public_url: str) -> None:
        self._courts = courts
        self._public_url = public_url
        self._templates = {kind: _templates(kind) for kind in NoticeKind}
        self._values: dict[NoticeKind, Callable[[FilerNotified, CourtFacts | None], dict[str, str]]] = {
            NoticeKind.COURT_LIVE: self._court_live,
            NoticeKind.SECURITY_CODE: _security_code,
            NoticeKind.FACTOR_CHANGED: _factor_changed,
            NoticeKind.PASSWORD_CHANGED: _changed,
        }

    def letter(self, notice: FilerNotified, *, code: str = "") -> Letter:
        """Return the letter of a notice. `code` is the opened one of a security code."""
        court = None if notice.court_id is None else self._courts.facts(notice.court_id)
        values = self._values[notice.kind](notice, court) | {"code": code, "psc": PSC}
        escaped = {key: escape(value, quote=True) for key, value in values.items()}
        text, html = self._templates[notice.kind]
        suffix = f" ({notice.court_id})" if notice.kind is NoticeKind.COURT_LIVE else ""
        return Letter(
            to_name=notice.recipient_name,
            to_address=ascii_domain(notice.recipient_email),
            subject=_SUBJECTS[notice.kind] + suffix,
            text=text.fill(values),
            html=html.fill(escaped),
            long=too_long(*escaped.values()),
        )

    def _court_live(self, notice: FilerNotified, court: CourtFacts | None) -> dict[str, str]:
        assert court is not None, "the contract demands the court"
        assert notice.live_at is not None, "the contract demands the go-live"
        until = notice.old_way_until
        rule, rule_es = _AT_ONCE if until is None else _IN_TIME
        return {
            "cmecf_name": notice.recipient_name,
            "cmecf_login": notice.cmecf_login or "",
            "court": court.title,
            "help_desk": court.help_desk,
            "address": f"{self._public_url}/{notice.court_id}/ecf",
            "place": _MENU_APPELLATE if court.appellate else _MENU,
            "live": central_time(notice.live_at),
            "live_court_time": court_time(notice.live_at, court.zone),
            "until": "" if until is None else central_time(until),
            "until_court_time": "" if until is None else court_time(until, court.zone),
            "rule": rule,
            "rule_es": rule_es,
        }


def _security_code(notice: FilerNotified, court: CourtFacts | None) -> dict[str, str]:
    assert notice.expires_at is not None, "the contract demands the end"
    return _changed(notice, court) | {
        "expires": central_time(notice.expires_at),
        "expires_court_time": "" if court is None else court_time(notice.expires_at, court.zone),
    }


def _factor_changed(notice: FilerNotified, court: CourtFacts | None) -> dict[str, str]:
    assert notice.factor is not None, "the contract demands the factor"
    assert notice.change is not None, "the contract demands the change"
    what, what_es = told(notice.factor, notice.change)
    return _changed(notice, court) | {"what": what, "what_es": what_es, "factor_label": notice.factor_label or ""}


def _changed(notice: FilerNotified, court: CourtFacts | None) -> dict[str, str]:
    return {
        "masked_account": masked(notice.pacer_account or ""),
        "noted": central_time(notice.noted_at),
        "noted_court_time": "" if court is None else court_time(notice.noted_at, court.zone),
    }


def _templates(kind: NoticeKind) -> tuple[Template, Template]:
    name = f"notice_{kind.value.replace('-', '_')}"
    return Template.load(f"{name}.txt"), Template.framed(f"{name}.html")
