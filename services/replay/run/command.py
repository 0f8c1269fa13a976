"""`ecflink replay run`: plays a recording, measures each stage, audits what came of it, and says whether it passed."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import uvloop
from cyclopts import Parameter

from services.replay.outcome import Code, Unusable, exiting
from services.replay.plan.foretold import Forecast
from services.replay.plan.options import PlayOptions
from services.replay.profile.safety import typed
from services.replay.run.before import Ground, look
from services.replay.run.laying import foresee
from services.replay.run.options import RunOptions
from services.replay.run.telling import intent, outcome
from services.replay.run.whole import Wish, played
from services.runtime.screen import say, warn

_AS_RECORDED: Final = PlayOptions()
_ORDINARY: Final = RunOptions()


@exiting()
def run(
    file: Path,
    /,
    *,
    play: PlayOptions = _AS_RECORDED,
    options: RunOptions = _ORDINARY,
    json: Annotated[bool, Parameter(negative=())] = False,
    yes: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Play a recording into a deployment, measure it, audit what came of it, and judge it.

    Exit codes: 0 passed; 1 unusable input, or a worker failed; 2 a threshold missed; 3 the audit failed;
    4 no connection; 5 the generator was the limit; 130 interrupted.

    Parameters
    ----------
    file
        The recording.
    json
        Print the result, and before it a line a second, as JSON.
    yes
        Do not ask before the first record.
    """
    wish = Wish.of(play.choices(), options, json=json)
    with _before_anything_is_sent():
        ground = uvloop.run(_looked(file, wish))
        if asked := not yes and sys.stdin.isatty() and sys.stderr.isatty():
            _tell(foresee(ground, wish.choices, workers=options.workers), ground)
            _ask()
    result = played(wish, ground, tell=_silent if asked else _tell)
    say(result.model_dump_json() if json else "\n".join(outcome(result, wish.folder)))
    return result.verdict.code


@contextmanager
def _before_anything_is_sent() -> Generator[None]:
    try:
        yield
    except KeyboardInterrupt:
        warn("ecflink replay: interrupted; nothing was sent")
        raise SystemExit(int(Code.INTERRUPTED)) from None


async def _looked(file: Path, wish: Wish) -> Ground:
    given = wish.options
    return await look(file, given.profile, wish.choices, confirmed=given.confirm_cluster, known_keys=given.known_key)


def _tell(plan: Forecast, ground: Ground) -> None:
    for line in intent(plan, ground.cluster.cluster_id, ground.profile.name):
        warn(line)


def _silent(_plan: Forecast, _ground: Ground) -> None:
    """Tell nothing: who was asked has seen it."""


def _ask() -> None:
    if typed("Send this? (yes/no) ").strip().lower() != "yes":
        raise Unusable("not sent, as you wished")
