"""The pictures of a report, each with its description in words and its data as a table. Pure."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

from services.replay.measure.stages import Stage
from services.replay.report import panels, rarities, words
from services.replay.report.columns import Column, Times, columns
from services.replay.report.evidence import Evidence
from services.replay.report.panels import NARROW, WIDE, Curve, Panel, Span
from services.replay.report.percentiles import curve

_MS_SHOWN_MAX: Final = 2000

Drawing = Callable[[int], Markup]


class Table(NamedTuple):
    """A table of figures: its caption, the heads of its columns, and its rows as they are printed."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


class Picture(NamedTuple):
    """A figure: the same drawing for a wide and for a narrow page, in words, and as a table."""

    id: str
    title: str
    wide: Markup
    narrow: Markup
    told: str
    table: Table | None


def percentile_picture(run: Evidence) -> Picture | None:
    """Return the percentile curves; None where nothing was timed."""
    curves = {stage: curve(spread) for stage, spread in run.spreads().items()}
    if not curves:
        return None
    title = "How long the requests took"
    told = " ".join(_curve_told(stage, run) for stage in curves)
    told += " Both axes are logarithmic: each step to the right is ten times as rare, each step up ten times as long."
    if any(points[-1].value.at_least for points in curves.values()):
        told += " A line of dots at its end stands for requests that never came: their true time is longer."
    return _picture("percentiles", title, told, None, lambda width: rarities.plot(curves, width=width, label=title))


def _curve_told(stage: Stage, run: Evidence) -> str:
    spread = run.spreads()[stage]
    half, rare, slowest = (words.quantile(spread.at(percent)) for percent in (50, 99, 100))
    return f"{words.STAGE_NAMES[stage]}: half within {half}, 99 in 100 within {rare}, the slowest {slowest}."


def time_pictures(run: Evidence) -> list[Picture]:
    """Return what happened over the time of the run: the rates, the times, and what was under way."""
    found, span = columns(run), _span(run)
    return [_rates(run, found, span), *_times(run, found, span), _depth(found, span)]


def _span(run: Evidence) -> Span:
    windows, series = run.result.windows, run.result.series
    return Span(
        warm_up_s=windows.warm_up_s,
        measured_s=windows.measured_s,
        end_s=float(len(series.offered)),
        faults=run.result.faults,
    )


def _rates(run: Evidence, found: Sequence[Column], span: Span) -> Picture:
    title = "Requests a second"
    offered = _steps(found, [each.offered for each in found])
    shown = [
        Panel(
            f"{words.STAGE_NAMES[stage]}, a second",
            [
                Curve("offered", offered, filled=True),
                Curve(str(stage), _steps(found, [each.came[stage] for each in found])),
            ],
        )
        for stage in run.result.stages
    ]
    highest = max((each.offered for each in found), default=0.0)
    told = (
        f"The grey area is what was offered, {words.rate(highest)} a second at most; the line is what came to the "
        f"stage. Where the line runs below the area, requests wait; where it runs above, the wait is worked off."
    )
    heads = ["seconds", "offered", *(words.STAGE_NAMES[stage].lower() for stage in run.result.stages)]
    rows = [
        [_when(each), words.rate(each.offered), *(words.rate(each.came[stage]) for stage in run.result.stages)]
        for each in found
    ]
    table = Table("Requests a second, on average over each stretch", heads, rows)
    return _over_time("rates", title, told, span, shown, table)


def _times(run: Evidence, found: Sequence[Column], span: Span) -> list[Picture]:
    stages = [stage for stage in run.result.stages if any(stage in each.times for each in found)]
    if not stages:
        return []
    shown = [_times_panel(stage, [each for each in found if stage in each.times]) for stage in stages]
    told = (
        "The line is the time within which 99 in 100 of the requests came that were due then, the grey area the time "
        "of half of them. A system that stalls shows as a peak that falls off: who was due first waited longest."
    )
    heads = [
        "seconds due",
        *(f"{words.STAGE_NAMES[stage].lower()}, {name}" for stage in stages for name in ("p50", "p99")),
    ]
    rows = [
        [_when(each), *(text for stage in stages for text in _cells(each.times.get(stage)))]
        for each in found
        if each.times
    ]
    table = Table("Percentiles of the requests that were due in each stretch", heads, rows)
    return [_over_time("times", "Times over the run", told, span, shown, table)]


def _times_panel(stage: Stage, timed: Sequence[Column]) -> Panel:
    times = [each.times[stage] for each in timed]
    longest_ms = max(each.p99.ms for each in times)
    unit, per_ms = ("ms", 1.0) if longest_ms < _MS_SHOWN_MAX else ("seconds", 0.001)
    p99 = _steps(timed, [each.p99.ms * per_ms for each in times])
    beyond = [(_middle(at), each.p99.ms * per_ms) for at, each in zip(timed, times, strict=True) if each.p99.at_least]
    half = _steps(timed, [each.p50.ms * per_ms for each in times])
    title = f"{words.STAGE_NAMES[stage]}: 99 in 100, {unit}"
    return Panel(title, [Curve("offered", half, filled=True), Curve(str(stage), p99, beyond)])


def _cells(times: Times | None) -> tuple[str, str]:
    return ("", "") if times is None else (words.brief(times.p50), words.brief(times.p99))


def _depth(found: Sequence[Column], span: Span) -> Picture:
    lag = _steps(found, [each.lag_s for each in found])
    flying = _steps(found, [float(each.in_flight) for each in found])
    shown = [Panel("Lag, seconds", [Curve("lag", lag)]), Panel("Requests under way", [Curve("flying", flying)])]
    deepest = max((each.in_flight for each in found), default=0)
    longest = max((each.lag_s for each in found), default=0.0)
    told = (
        f"The lag is the age of the oldest request that was due and not yet recorded: {words.period(longest)} at "
        f"most. At most {words.plural(deepest, 'request')} were sent and not yet through."
    )
    heads = ["seconds", "longest lag", "most under way"]
    rows = [[_when(each), words.period(each.lag_s), f"{each.in_flight:,}"] for each in found]
    table = Table("The highest value of each stretch", heads, rows)
    return _over_time("depth", "Lag and requests under way", told, span, shown, table)


def _over_time(id_: str, title: str, told: str, span: Span, shown: Sequence[Panel], table: Table) -> Picture:
    told = " ".join(part for part in (told, panels.in_words(span)) if part)
    return _picture(id_, title, told, table, lambda width: panels.plot(shown, span, width=width, label=title))


def _picture(id_: str, title: str, told: str, table: Table | None, draw: Drawing) -> Picture:
    return Picture(id_, title, draw(WIDE), draw(NARROW), told, table)


def _steps(found: Sequence[Column], values: Sequence[float]) -> list[tuple[float, float]]:
    """Return a value for each stretch as a line that is level along it."""
    return [(float(x), y) for each, y in zip(found, values, strict=True) for x in (each.from_s, each.to_s)]


def _middle(column: Column) -> float:
    return (column.from_s + column.to_s) / 2


def _when(column: Column) -> str:
    return f"{column.from_s:,}" if column.to_s - column.from_s == 1 else f"{column.from_s:,} to {column.to_s:,}"
