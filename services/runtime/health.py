"""Health that tells progress: what must be ready, what must move, and the numbers; served on the management port."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Self

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

BEAT_AGE_S_MAX: Final = 30.0


@dataclass
class Health:
    """The state of one role. Loops call `beat`; parts say `ready` or `waiting` by name with a reason.

    `rehearsal` is None in a role for which rehearsal mode makes no difference.
    """

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    monotonic: Callable[[], float] = time.monotonic
    rehearsal: bool | None = None
    _beats: dict[str, float] = field(default_factory=dict)
    _waiting: dict[str, str] = field(default_factory=dict)
    _degraded: dict[str, str] = field(default_factory=dict)

    @classmethod
    def starting(cls, parts: Iterable[str]) -> Self:
        """Return the health of a role that has just begun: each of these parts has yet to say that it is ready."""
        return cls(_waiting=dict.fromkeys(parts, "starting"))

    def beat(self, loop: str, *, within_s: float = BEAT_AGE_S_MAX) -> None:
        """Say that a loop has come round; one that does not do so again within this time is dead."""
        self._beats[loop] = self.monotonic() + within_s

    def forget(self, loop: str) -> None:
        """Say that a loop or part has ended on purpose."""
        self._beats.pop(loop, None)
        self._waiting.pop(loop, None)

    def waiting(self, part: str, reason: str) -> None:
        """Say that a part is not ready and why."""
        self._waiting[part] = reason

    def ready(self, part: str) -> None:
        """Say that a part is ready."""
        self._waiting.pop(part, None)

    def degraded(self, part: str, reason: str) -> None:
        """Say that a part does not work while the role goes on serving: told by /readyz, still 200."""
        self._degraded[part] = reason

    def sound(self, part: str) -> None:
        """Say that a part works again."""
        self._degraded.pop(part, None)

    @property
    def stalled(self) -> list[str]:
        """The loops that have not come round in time."""
        now = self.monotonic()
        return sorted(name for name, due in self._beats.items() if due < now)

    @property
    def faults(self) -> dict[str, str]:
        """What does not work although the role serves; empty when all does."""
        return dict(self._degraded)

    @property
    def reasons(self) -> dict[str, str]:
        """Why the role is not ready; empty when it is."""
        return dict(self._waiting)


def management_app(health: Health) -> Starlette:
    """Return the app with /livez, /readyz and /metrics: 200 or 503 with the reasons as JSON."""

    async def livez(_: Request) -> Response:
        stalled = health.stalled
        return JSONResponse({"live": not stalled, "stalled": stalled}, status_code=503 if stalled else 200)

    async def readyz(_: Request) -> Response:
        reasons = health.reasons | dict.fromkeys(health.stalled, "no progress")
        answer = {"ready": not reasons, "waiting": reasons, "degraded": health.faults}
        if health.rehearsal is not None:
            answer["rehearsal"] = health.rehearsal
        return JSONResponse(answer, status_code=503 if reasons else 200)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(health.registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)])
