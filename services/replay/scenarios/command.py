"""`ecflink replay scenarios` and `ecflink replay generate`: which streams there are, and making one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from cyclopts.validators import Number
from pydantic import TypeAdapter, ValidationError

from services.replay.outcome import Unusable, exiting
from services.replay.recording.manifest import Manifest
from services.replay.scenarios.expected import Expected
from services.replay.scenarios.generating import (
    Drawn,
    Order,
    accounts_path,
    draw,
    refuse_existing,
    write_accounts,
    write_recording,
)
from services.replay.scenarios.library import Found, find, names, scaled
from services.replay.scenarios.parts import Start
from services.runtime.screen import progressing, say, say_json, show

_COLUMNS: Final = ("name", "links", "duration", "peak_per_s", "title")
_START: Final[TypeAdapter[datetime]] = TypeAdapter(Start)
_MINUTE_S: Final = 60
_HOUR_S: Final = 3_600
_SEED_MAX: Final = 2**63 - 1

Json = Annotated[bool, Parameter(help="Print JSON.", negative=())]


def scenarios(name: str = "", /, *, json: Json = False) -> None:
    """List the scenarios that come with ecflink; or print the file of one, with its comments.

    Parameters
    ----------
    name
        A scenario's name, or the path of a file of your own, which is checked.
    """
    with exiting():
        if name:
            found = find(name)
            say_json(found.scenario.model_dump(mode="json")) if json else say(found.text.rstrip("\n"))
            return
        show([_row(find(each)) for each in names()], columns=_COLUMNS, json=json)


def _row(found: Found) -> dict[str, object]:
    scenario = found.scenario
    duration_s = scenario.arrivals.duration_s
    return {
        "name": found.name,
        "title": scenario.title,
        "about": scenario.about,
        "links": scenario.links,
        "filers": scenario.filers,
        "duration": _span(duration_s),
        "duration_s": duration_s,
        "mean_per_s": round(scenario.links / duration_s, 1),
        "peak_per_s": round(scenario.arrivals.peak_per_s, 1),
    }


def _span(seconds: float) -> str:
    if seconds >= _HOUR_S:
        return f"{seconds / _HOUR_S:g} h"
    return f"{seconds / _MINUTE_S:g} min" if seconds >= _MINUTE_S else f"{seconds:g} s"


def generate(  # noqa: PLR0913 - the options of a command line
    scenario: str,
    /,
    *,
    out: Annotated[Path, Parameter(name=("--out", "-o"))],
    seed: Annotated[int, Parameter(validator=Number(gte=0, lte=_SEED_MAX))] = 1,
    scale: Annotated[float, Parameter(validator=Number(gt=0, lte=1_000))] = 1.0,
    start: str = "",
    replace: Annotated[bool, Parameter(negative=())] = False,
    json: Json = False,
) -> None:
    """Make a stream of a scenario, and the accounts of the people in it. The same seed makes the same bytes.

    Parameters
    ----------
    scenario
        The name of a scenario (see `ecflink replay scenarios`), or the path of a file of your own.
    out
        The recording: FILE.jsonl, FILE.jsonl.gz or FILE.jsonl.zst. The accounts go to FILE.accounts.jsonl beside it.
    seed
        Which of its many courses the scenario takes.
    scale
        This share of the links, filers and rates, in the same time.
    start
        When the stream begins, as 2026-11-02T14:00:00Z, instead of the scenario's own time.
    replace
        Write over files that are there already.
    """
    with exiting():
        found = find(scenario)
        sized = scaled(found, scale)
        begin = _instant(start) if start else sized.start
        order = Order(name=found.name, scenario=sized, seed=seed, path=out, start=begin, replace=replace)
        refuse_existing(order)
        drawn = draw(sized, seed, begin)
        with progressing("accounts", None) as advance:
            accounts = write_accounts(order, drawn, advance)
        with progressing("records", drawn.record_count) as advance:
            manifest = write_recording(order, drawn, advance)
        _tell(order, manifest, drawn, accounts, json=json)


def _instant(text: str) -> datetime:
    try:
        return _START.validate_python(text).astimezone(UTC)
    except ValidationError as error:
        why = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise Unusable(f"--start {text!r}: {why}; write it as 2026-11-02T14:00:00Z") from None


def _tell(order: Order, manifest: Manifest, drawn: Drawn, accounts: int, *, json: bool) -> None:
    expected: Expected = drawn.expected
    if json:
        told = {"recording": str(order.path), "accounts": str(accounts_path(order.path)), "account_count": accounts}
        say_json(told | {"manifest": manifest.model_dump(), "expected": expected.model_dump()})
        return
    say(f"{order.path}: {manifest.count:,} records, {expected.ledger_rows:,} of them requests with an id of their own")
    say(f"{accounts_path(order.path)}: {accounts:,} accounts")
    say("a clean ledger must show:")
    for name, count in expected.outcomes.items():
        say(f"  {count:>9,}  {name}")
    if expected.copies:
        say(f"  {expected.copies:>9,}  copies that make no row")
