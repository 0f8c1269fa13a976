"""The live page for court staff: sign-ins of the last hour by court and minute, and the throttles in force.

No script, no sign-in of its own: it listens on the loopback address, or stands behind the court's own sign-on. Accounts
are only counted here, never named.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from services.auth.guard.headers import StrictHeaders
from services.auth.guard.hours import Sort, last_minutes
from services.auth.guard.state import State
from services.contract.logins import Credential, LoginOutcome
from services.contract.throttles import ThrottleKind
from services.runtime.clock import Clock

REFRESH_S: Final = 5
HELD: Final = "held"
SORTS: Final = tuple(Sort(credential.value, outcome.value) for credential in Credential for outcome in LoginOutcome)
PREFIX_COUNT_MAX: Final = 200


def pages(state: State, clock: Clock) -> Starlette:
    """Return the app with `/`, `/courts/{court}` and `/courts.json`."""
    env = Environment(
        loader=PackageLoader("services.auth.guard"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    style = files("services.auth.guard").joinpath("static", "guard.css").read_bytes()

    def show(template: str, request: Request, status: int = 200, **values: Any) -> Response:  # noqa: ANN401
        # What moves by itself can be held: whoever reads slowly, or has it read out, is not sent back to the top.
        refresh_s = 0 if status != 200 or HELD in request.query_params else REFRESH_S  # noqa: PLR2004
        text = env.get_template(template).render(sorts=SORTS, refresh_s=refresh_s, **values)
        return HTMLResponse(text, status_code=status, headers={"Refresh": str(refresh_s)} if refresh_s else None)

    async def overview(request: Request) -> Response:
        now = clock()
        courts = last_hour(state, now)
        return show("overview.html", request, now=now, courts=courts, throttles=throttles(state, now))

    async def court(request: Request) -> Response:
        now, court_id = clock(), request.path_params["court_id"]
        if court_id not in {key.court_id for key in state.hours}:
            return show("unknown.html", request, 404, now=now)
        minutes = list(last_minutes(state.hours, court_id, now))
        most = max((counts.total() for _, counts in minutes), default=0)
        return show("court.html", request, now=now, court_id=court_id, minutes=minutes, most=max(most, 1))

    async def courts_json(_: Request) -> Response:
        now = clock()
        counts = {
            court_id: [{"credential": sort.credential, "outcome": sort.outcome, "count": count} for sort, count in all_]
            for court_id, all_ in ((court_id, sorted(counts.items())) for court_id, counts in last_hour(state, now))
        }
        return JSONResponse({"at": now.isoformat(), "courts": counts, "throttles": throttles(state, now)})

    async def css(_: Request) -> Response:
        return Response(style, media_type="text/css")

    return Starlette(
        routes=[
            Route("/", overview),
            Route("/courts/{court_id}", court),
            Route("/courts.json", courts_json),
            Route("/guard.css", css),
        ],
        middleware=[Middleware(StrictHeaders)],
        exception_handlers={404: _not_found(show, clock)},
    )


def last_hour(state: State, now: datetime) -> list[tuple[str, Counter[Sort]]]:
    """Return each court that has had sign-ins, by id, with its counts of the last 60 minutes."""
    courts = sorted({key.court_id for key in state.hours})
    return [
        (court_id, sum((counts for _, counts in last_minutes(state.hours, court_id, now)), Counter()))
        for court_id in courts
    ]


def throttles(state: State, now: datetime) -> dict[str, Any]:
    """Return how many accounts are throttled, and the throttled address prefixes, at most PREFIX_COUNT_MAX of them."""
    found = list(state.throttled(now))
    prefixes = [
        {"prefix": subject.name, "reason": window.throttle.reason.value, "until": _clock_time(window.throttle.until)}
        for subject, window in found
        if subject.kind is ThrottleKind.ADDRESS and window.throttle is not None
    ]
    accounts = sum(subject.kind is ThrottleKind.ACCOUNT for subject, _ in found)
    return {"accounts": accounts, "addresses": len(prefixes), "prefixes": prefixes[:PREFIX_COUNT_MAX]}


def _clock_time(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%H:%M:%S UTC")


def _not_found(show: Callable[..., Response], clock: Clock) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, _: Exception) -> Response:
        return show("unknown.html", request, 404, now=clock())

    return answer
