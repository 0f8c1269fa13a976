"""In front of everything: a request that carries the mark of a replay is known as one, or answered with 403.

A replay that strays to a system which is not in rehearsal mode must not pass for filers, so it gets no further.
"""

from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from services.contract.proof import KeyRing
from services.contract.replays import MARK_HEADER, marked_run

RUN: Final = "ecflink.replay_run"
_HEADER: Final = MARK_HEADER.encode()
_OFF: Final = "This is a request of a replay, and REHEARSAL is off here.\n"
_NOT_SIGNED: Final = "The mark of this replay is not signed with a key of REHEARSAL_KEYS.\n"


class Replays:
    """ASGI middleware. `ring` has the rehearsal keys; None while rehearsal mode is off."""

    def __init__(self, app: ASGIApp, ring: KeyRing | None) -> None:
        self._app = app
        self._ring = ring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, which finds the run in the scope."""
        marks = [value for name, value in scope.get("headers", ()) if name == _HEADER]
        if not marks:
            await self._app(scope, receive, send)
            return
        run = marked_run(marks[0].decode("latin-1"), self._ring) if self._ring and len(marks) == 1 else None
        if run is None:
            refusal = PlainTextResponse(_OFF if self._ring is None else _NOT_SIGNED, status_code=403)
            await refusal(scope, receive, send)
            return
        scope[RUN] = run
        await self._app(scope, receive, send)
