"""The life of a role: start, run until told to stop, stop cleanly. The one broad `except` of a process is here."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import uvicorn
import uvloop
from starlette.types import ASGIApp

from services.runtime.connections import OPTIONS, allow_many_files
from services.runtime.dumps import forbid_dumps
from services.runtime.faults import Halt
from services.runtime.health import Health, management_app
from services.runtime.log import configure, log
from services.runtime.settings import RoleSettings

EXIT_CRASHED: Final = 1
EXIT_HALTED: Final = 3
_STARTUP_POLL_S: Final = 0.01
_COLLECT_AFTER: Final = 10_000

Main = Callable[[Health], Awaitable[None]]


class EmbeddedServer(uvicorn.Server):
    """uvicorn inside our loop: the role handles the signals, not uvicorn."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the process's signal handlers alone."""
        yield


def run(role: str, settings: RoleSettings, main: Main, *, parts: Sequence[str]) -> int:
    """Run a role until SIGTERM or SIGINT, or until `main` ends. Returns the exit code: 0 clean, 1 crash, 3 halt.

    The role is not ready before each of its `parts` has said that it is, also one that has not begun yet.
    `main` is cancelled at the signal; what it holds open closes in its own `async with` blocks.
    """
    configure(role, settings.log_level)
    _calm_collector()
    allow_many_files()
    forbid_dumps()
    code = 0
    try:
        uvloop.run(_live(role, settings, main, Health.starting(parts)))
    except* Halt as halts:
        code = EXIT_HALTED
        for halt in _leaves(halts):
            log.error("role.halted", cause=str(halt))
    except* Exception as errors:  # noqa: BLE001 - the edge of the process: tell and end, nothing committed
        code = EXIT_CRASHED
        for error in _leaves(errors):
            log.error("role.crashed", exc_info=error)
    return code


async def _live(role: str, settings: RoleSettings, main: Main, health: Health) -> None:
    work = asyncio.current_task()
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()

    def stop() -> None:
        if not stopping.is_set() and work is not None:
            stopping.set()
            work.cancel()

    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop)
    try:
        async with serving(
            management_app(health), host=settings.management_host, port=settings.management_port
        ) as port:
            log.info("role.started", management_port=port)
            await main(health)
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise
    log.info("role.stopped", role=role)


class serving:  # noqa: N801 - reads as a verb: `async with serving(app, …) as port`
    """Serve an ASGI app on the running loop for the time of the block; the block's value is the port taken."""

    def __init__(self, app: ASGIApp, *, host: str, port: int, **options: Any) -> None:  # noqa: ANN401 - uvicorn's own
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            lifespan="off",
            log_config=None,
            access_log=False,
            ws="none",
            **(OPTIONS | options),
        )
        self._server = EmbeddedServer(config)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> int:
        """Start serving. Raises Halt where the address is taken."""
        self._task = asyncio.create_task(self._serve())
        while not self._server.started:
            if self._task.done():
                self._task.result()
                message = f"cannot listen on {self._server.config.host}:{self._server.config.port}: is the port taken?"
                raise Halt(message)
            await asyncio.sleep(_STARTUP_POLL_S)
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return port

    async def _serve(self) -> None:
        with suppress(SystemExit):  # uvicorn ends a process whose port is taken; we say it ourselves
            await self._server.serve()

    async def __aexit__(self, *_: object) -> None:
        """Finish the requests under way and stop listening."""
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.shield(self._task)


def _calm_collector() -> None:
    # What is imported lives for ever, and a batch makes many objects but no cycles: looking for them that often costs
    # a seventh of the linker's time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 20)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found.extend(_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return found
