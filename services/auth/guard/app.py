"""The guard role: the stream, the watchdog and the page beside it. Where the stream ends, it is built anew.

Without Kafka it waits, saying so; nothing that it holds is lost by that.
"""

import asyncio
import gc
import logging
from contextlib import suppress
from typing import Any, Final

from services.auth.guard.counting import Counting
from services.auth.guard.metrics import Metrics
from services.auth.guard.page import pages
from services.auth.guard.publisher import ThrottlePublisher
from services.auth.guard.settings import GuardSettings
from services.auth.guard.start import positions
from services.auth.guard.state import State
from services.auth.guard.stream import count_with, faust_app, state_table
from services.auth.guard.watch import KAFKA, Watch
from services.runtime.clock import now
from services.runtime.faults import Transient
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.process import run, serving
from services.runtime.settings import load

RETRY_S: Final = 1.0
# What is counted lives for minutes and makes no cycles: looking through all of it would hold up verdicts.
COLLECT_AFTER: Final = (50_000, 1_000, 1_000)
STORE_S_MAX: Final = 0.7
STOP_S_MAX: Final = 5.0
_STREAM: Final = "stream"


def guard() -> int:
    """Count sign-ins, throttle guessers, show live numbers. One such process is enough, and all there may be."""
    settings = load(GuardSettings)

    async def main(health: Health) -> None:
        await serve(settings, health)

    return run("guard", settings, main, parts=(_STREAM, KAFKA))


async def serve(settings: GuardSettings, health: Health) -> None:
    """Run the guard until cancelled."""
    gc.set_threshold(*COLLECT_AFTER)
    for library in ("faust", "mode"):
        logging.getLogger(library).setLevel(logging.ERROR)  # our own lines say what matters
    state, metrics = State(settings), Metrics(health.registry)
    async with (
        serving(pages(state, now), host=settings.http_host, port=settings.http_port, server_header=False) as port,
        asyncio.TaskGroup() as beside,
    ):
        log.info("pages.served", host=settings.http_host, port=port)
        beside.create_task(Watch(settings, state, metrics, health).run())
        beside.create_task(_stream(settings, state, metrics, health))


async def _stream(settings: GuardSettings, state: State, metrics: Metrics, health: Health) -> None:
    while True:
        try:
            await _live(settings, state, metrics, health)
        except Transient as trouble:
            health.waiting(_STREAM, str(trouble))
            log.warning("stream.waits", cause=str(trouble))
        metrics.restarts.inc()
        await asyncio.sleep(RETRY_S)


async def _live(settings: GuardSettings, state: State, metrics: Metrics, health: Health) -> None:
    found = await positions(settings)
    state.next_offsets.update(found)
    app = faust_app(settings, len(found))
    table = state_table(app)
    async with ThrottlePublisher(settings) as publisher:
        counting = Counting(state, table, publisher, metrics, now)
        table.on_recover(counting.recalled)
        count_with(app, settings, counting.take)
        await _run(app, counting, health)


async def _run(app: Any, counting: Counting, health: Health) -> None:  # noqa: ANN401 - Faust's own
    ended = asyncio.create_task(app.wait_until_stopped())
    tasks: set[asyncio.Task[Any]] = {ended, asyncio.create_task(_started(app, counting, health))}
    try:
        await asyncio.wait({*tasks, counting.trouble}, return_when=asyncio.FIRST_COMPLETED)
        for task in (*tasks, counting.trouble):
            if task.done() and task is not ended:
                task.result()
        raise Transient(f"the stream ended: {app.crash_reason!r}")
    finally:
        health.waiting(_STREAM, "stopping")
        await _stop(app, counting, tasks)


async def _started(app: Any, counting: Counting, health: Health) -> None:  # noqa: ANN401
    await app.start()
    health.ready(_STREAM)
    log.info("stream.started")
    await counting.tend()


async def _stop(app: Any, counting: Counting, tasks: set[asyncio.Task[Any]]) -> None:  # noqa: ANN401
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if app.started and not app.crashed and not counting.trouble.done():
        with suppress(TimeoutError, Transient):
            await asyncio.wait_for(counting.store(), STORE_S_MAX)
    with suppress(TimeoutError):
        await asyncio.wait_for(app.stop(), STOP_S_MAX)
