"""The percentile plot: how long the requests took to each stage, with the rare slow ones drawn large. Pure.

Both axes are logarithmic: across, each further nine of the percentile; up, each tenfold of the time.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from markupsafe import Markup

from services.replay.measure.stages import Stage
from services.replay.report import svg, words
from services.replay.report.percentiles import Point
from services.replay.report.scales import Scale, logarithmic, rarity, rarity_ticks, spaced, tenfold_ticks

_HEIGHT: Final = 340.0
_TOP: Final = 24.0
_BOTTOM: Final = 48.0
_ROOMY: Final = 500
_LABEL_GAP: Final = 16.0
_LOWEST_MS: Final = 0.01
_HIGHEST_MS: Final = 3_600_000.0


class _Room(NamedTuple):
    left: float
    right: float


def plot(curves: Mapping[Stage, Sequence[Point]], *, width: int, label: str) -> Markup:
    """Return the curves as one picture of this width. A dashed end is of requests that never came: it is more."""
    room = _Room(62.0, width - 118.0) if width >= _ROOMY else _Room(48.0, width - 12.0)
    known = [point.value.ms for points in curves.values() for point in points] or [1.0]
    ticks = tenfold_ticks(max(min(known), _LOWEST_MS), min(max(known), _HIGHEST_MS))
    up = logarithmic(ticks[0], ticks[-1], _HEIGHT - _BOTTOM, _TOP)
    # The slowest request has no place on an axis without end: it is drawn just beyond the last percentile that has one.
    last = max((points[-2].percent for points in curves.values() if len(points) > 1), default=90.0)
    across = rarity(min(max(last, 90.0), 99.99999), room.left, room.right)
    drawn = [*_axes(room, across, up, ticks, _marks(last, width))]
    for stage, points in curves.items():
        drawn += _curve(stage, points, across, up)
    drawn += _names(curves, across, up) if width >= _ROOMY else _key(curves, room)
    kind = "wide" if width >= _ROOMY else "narrow"
    view = f"0 0 {width} {_HEIGHT:.0f}"
    return svg.element("svg", *drawn, viewBox=view, class_=f"plot {kind}", role="img", aria_label=label)


def _marks(last: float, width: int) -> list[float]:
    ticks = rarity_ticks(max(last, 90.0))
    return ticks if width >= _ROOMY else [ticks[0], *ticks[2:]]


def _axes(room: _Room, across: Scale, up: Scale, ticks: list[float], marks: list[float]) -> list[Markup]:
    floor = up(ticks[0])
    drawn = [svg.text((room.left - 6, _TOP - 14), "time", anchor="end", class_="title")]
    for tick in ticks:
        drawn.append(svg.line((room.left, up(tick)), (room.right, up(tick)), "axis" if tick == ticks[0] else "grid"))
        drawn.append(svg.text((room.left - 6, up(tick)), _axis_time(tick), anchor="end"))
    for mark in marks:
        x = across(mark)
        drawn.append(svg.line((x, _TOP), (x, floor + svg.TICK), "grid"))
        drawn.append(svg.text((x, floor + 14), words.level(mark), anchor="middle"))
    middle = (room.left + room.right) / 2
    return [*drawn, svg.text((middle, floor + 32), "so many of the requests took no longer", anchor="middle")]


def _axis_time(ms: float) -> str:
    return f"{ms:g} ms" if ms < 1000 else f"{ms / 1000:,g} s"  # noqa: PLR2004


def _curve(stage: Stage, points: Sequence[Point], across: Scale, up: Scale) -> list[Markup]:
    came = [point for point in points if not point.value.at_least]
    never = [point for point in points if point.value.at_least]
    drawn = [svg.path([(across(each.percent), up(each.value.ms)) for each in came], str(stage))]
    if never:
        beyond = [*came[-1:], *never]
        drawn += [
            svg.line((across(a.percent), up(a.value.ms)), (across(b.percent), up(b.value.ms)), f"{stage} never")
            for a, b in pairwise(beyond)
        ]
    return drawn


def _names(curves: Mapping[Stage, Sequence[Point]], across: Scale, up: Scale) -> list[Markup]:
    wanted = [up(points[-1].value.ms) for points in curves.values()]
    places = spaced(wanted, _LABEL_GAP, _TOP, _HEIGHT - _BOTTOM)
    x = across(100.0)
    drawn = []
    for stage, want, y in zip(curves, wanted, places, strict=True):
        drawn.append(svg.line((x, want), (x + 8, y), f"{stage} leader"))
        drawn.append(svg.text((x + 11, y), words.STAGE_NAMES[stage], class_=f"{stage} name"))
    return drawn


def _key(curves: Mapping[Stage, Sequence[Point]], room: _Room) -> list[Markup]:
    """Return the names inside the plot, each beside a piece of its line: on a phone there is no room beside it."""
    drawn = []
    for index, stage in enumerate(curves):
        y = _TOP + 8 + index * _LABEL_GAP
        drawn.append(svg.line((room.left + 8, y), (room.left + 36, y), str(stage)))
        drawn.append(svg.text((room.left + 42, y), words.STAGE_NAMES[stage], class_=f"{stage} name"))
    return drawn
