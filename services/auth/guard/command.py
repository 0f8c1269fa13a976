"""`ecflink guard`, and what an operator can ask of it: `guard recount` and `guard rebuild`."""

import asyncio
import sys
from typing import Annotated, Final

from cyclopts import App, Parameter

from services.auth.guard.app import guard
from services.auth.guard.recount import recount
from services.auth.guard.settings import GuardSettings
from services.auth.guard.start import forget_state
from services.runtime.clock import now
from services.runtime.settings import load

app = App(name="guard", help="Count sign-ins, throttle guessers, show live numbers: one process.")
app.default(guard)

EXIT_UNEQUAL: Final = 1


@app.command(name="recount")
def recount_command(*, court: Annotated[str | None, Parameter(help="This court alone, by its id.")] = None) -> int:
    """Hold the guard's counts against a recount of the topic. Exit code 1 where they differ."""
    found = asyncio.run(recount(load(GuardSettings), now()))
    lines = [f"{'court':<8}{'credential':<12}{'outcome':<11}{'guard':>12}{'recount':>12}{'difference':>12}"]
    rows = found.rows(court)
    for court_id, sort, stored, counted in rows:
        told = f"{stored:>12}{counted:>12}{stored - counted:>12}"
        lines.append(f"{court_id:<8}{sort.credential:<12}{sort.outcome:<11}{told}")
    sums = sum(row[2] for row in rows), sum(row[3] for row in rows)
    lines += [f"{'all':<31}{sums[0]:>12}{sums[1]:>12}{sums[0] - sums[1]:>12}", f"passed over by both: {found.poison}"]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0 if all(stored == counted for *_, stored, counted in rows) else EXIT_UNEQUAL


@app.command
def rebuild() -> int:
    """Throw the state of a guard that does not run away: its next start counts the topic from its beginning."""
    asyncio.run(forget_state(load(GuardSettings)))
    sys.stdout.write("the state is gone: run `ecflink topics`, then start the guard\n")
    return 0
