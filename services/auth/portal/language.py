"""The language of an answer: `?lang=es` and the cookie it sets, else what the browser asks for; and the texts in it.

The texts in the code are English. `locale/es/LC_MESSAGES/portal.po` holds the Spanish ones and is read at the first
use. `python -m services.auth.portal.language --check` says which are missing; `--update` adds them to that file.
"""

import gettext as catalogs
import io
import re
import sys
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, get_day_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.auth.portal import moments
from services.auth.portal.cookies import LANGUAGE, Cookies

SOURCE: Final = "en"
LANGUAGES: Final = {SOURCE: "English", "es": "Español"}
AGE_S_MAX: Final = 31_536_000
_HEADER_LENGTH_MAX: Final = 1000
LOCALE: Final = Path(__file__).parent / "locale"
_DAY: Final = re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b")

_current: ContextVar[str] = ContextVar("language", default=SOURCE)


def marked(text: str) -> str:
    """Return the text as it is: a mark for the catalogue where a text is only shown later."""
    return text


def gettext(text: str) -> str:
    """Return a text in the language of this request."""
    return catalog(_current.get()).gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """Return the form of a text that fits a number, in the language of this request."""
    return catalog(_current.get()).ngettext(one, many, number)


def current() -> str:
    """Return the language of this request: `en` or `es`."""
    return _current.get()


def in_words(moment: datetime, timezone: str) -> str:
    """Return an announced instant in a court's zone and the language of this request."""
    if _current.get() == SOURCE:
        return moments.in_words(moment, timezone)
    local = moment.astimezone(ZoneInfo(timezone))
    stamp: str = format_datetime(local, "EEEE, d 'de' MMMM 'de' y, h:mm a", locale=_current.get())
    return f"{stamp} {local:%Z}"


def zone_in_words(timezone: str) -> str:
    """Return the name of a zone in the language of this request: `Mountain Time`."""
    return moments.zone_in_words(timezone, _current.get())


def days_in_words(hours: str) -> str:
    """Return the hours of a help desk with the days in the language of this request: `lun-vie 08:00-16:30`."""
    names = _day_names(_current.get())
    return _DAY.sub(lambda day: names[day[0]], hours)


@cache
def _day_names(language: str) -> dict[str, str]:
    shown = get_day_names("abbreviated", locale=language)
    return {english: shown[number] for number, english in get_day_names("abbreviated", locale=SOURCE).items()}


@cache
def catalog(language: str) -> catalogs.NullTranslations:
    """Return the texts of a language, compiled in memory."""
    path = catalog_path(language)
    if language == SOURCE or not path.exists():
        return catalogs.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return catalogs.GNUTranslations(compiled)


def catalog_path(language: str) -> Path:
    """Return where the texts of a language are."""
    return LOCALE / language / "LC_MESSAGES" / "portal.po"


class Languages:
    """ASGI middleware: finds the language of each request, and keeps the one that was chosen in a cookie."""

    def __init__(self, app: ASGIApp, cookies: Cookies) -> None:
        self._app = app
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, in the language of the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        chosen = _chosen(scope)
        token = _current.set(chosen or self._kept(scope) or _asked_for(scope))

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and chosen:
                carrier = Response()
                self._cookies.put(carrier, LANGUAGE, chosen, max_age_s=AGE_S_MAX)
                MutableHeaders(scope=message).append("Set-Cookie", carrier.headers["set-cookie"])
            await send(message)

        try:
            await self._app(scope, receive, send_with_cookie)
        finally:
            _current.reset(token)

    def _kept(self, scope: Scope) -> str:
        kept = self._cookies.read(Request(scope), LANGUAGE)
        return kept if kept in LANGUAGES else ""


def _chosen(scope: Scope) -> str:
    if scope["method"] != "GET" or not scope["query_string"]:
        return ""
    try:
        wanted = parse_qs(scope["query_string"].decode("ascii"), max_num_fields=20).get("lang", [""])[0]
    except ValueError:
        return ""
    return wanted if wanted in LANGUAGES else ""


def _asked_for(scope: Scope) -> str:
    """Take the first language of Accept-Language that there are texts in, by weight, then by place."""
    ranges = Headers(scope=scope).get("accept-language", "")[:_HEADER_LENGTH_MAX].lower().split(",")
    weighed = sorted(ranges, key=_weight, reverse=True)  # stable: equal weights keep their places
    tags = (each.partition(";")[0].strip().partition("-")[0] for each in weighed if _weight(each) > 0)
    return next((tag for tag in tags if tag in LANGUAGES), SOURCE)


def _weight(language_range: str) -> float:
    _, _, weight = language_range.partition(";q=")
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0


if __name__ == "__main__":
    from services.auth.portal.texts import main

    sys.exit(main(sys.argv[1:]))
