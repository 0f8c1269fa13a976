"""Plots over the time of a run: panels one above the other that share their axis of seconds. Pure: data in, SVG out.

Warm-up and drain are shaded and named; faults are numbered lines through all panels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from markupsafe import Markup

from services.replay.measure.results import Fault
from services.replay.report import svg, words
from services.replay.report.scales import Scale, linear, round_ticks
from services.replay.report.svg import Xy

WIDE: Final = 760
NARROW: Final = 300
_ROOMY: Final = 500
_CHAR_W: Final = 6.6
_RIGHT: Final = 14.0
_HEAD: Final = 42.0
_FAULT_Y: Final = 12.0
_TITLE_H: Final = 26.0
_FOOT: Final = 40.0
_GAP: Final = 12.0
_BADGE_W: Final = 18.0


class Curve(NamedTuple):
    """A line of a panel: its class in the style sheet, and values by second. `at_least` are places marked as more."""

    class_: str
    points: Sequence[Xy]
    at_least: Sequence[Xy] = ()
    filled: bool = False


class Panel(NamedTuple):
    """One panel: what it shows, the unit of its axis, and its curves, the first at the back."""

    title: str
    curves: Sequence[Curve]

    @property
    def top(self) -> float:
        """Return the highest value of all curves."""
        return max((y for curve in self.curves for _, y in curve.points), default=0.0)


@dataclass(frozen=True, kw_only=True)
class Span:
    """The axis that the panels share, in seconds, and what happened along it."""

    warm_up_s: float
    measured_s: float
    end_s: float
    faults: Sequence[Fault] = ()


def plot(panels: Sequence[Panel], span: Span, *, width: int, label: str) -> Markup:
    """Return the panels as one picture of this width."""
    tall = 104.0 if width >= _ROOMY else 88.0
    left = 58.0 if width >= _ROOMY else 44.0
    along = linear(0, span.end_s, left, width - _RIGHT)
    bottoms = [_HEAD + _TITLE_H + tall + index * (_TITLE_H + tall + _GAP) for index in range(len(panels))]
    bottom = bottoms[-1]
    drawn = [
        *_windows(span, along, bottom),
        *_faults(span, along, bottom),
        *(part for panel, base in zip(panels, bottoms, strict=True) for part in _panel(panel, along, base, tall)),
        *_seconds(span, along, bottom, count=8 if width >= _ROOMY else 4),
    ]
    view = f"0 0 {width} {bottom + _FOOT:.0f}"
    kind = "wide" if width >= _ROOMY else "narrow"
    return svg.element("svg", *drawn, viewBox=view, class_=f"plot {kind}", role="img", aria_label=label)


def _panel(panel: Panel, along: Scale, base: float, tall: float) -> list[Markup]:
    ticks = round_ticks(panel.top, 3)
    up = linear(0, ticks[-1], base, base - tall)
    left, right = along(0), _right(along, panel)
    drawn = [svg.text((left, base - tall - 13), panel.title, class_="title")]
    for tick in ticks:
        drawn.append(svg.line((left, up(tick)), (right, up(tick)), "axis" if tick == 0 else "grid"))
        drawn.append(svg.text((left - 6, up(tick)), f"{tick:,g}", anchor="end"))
    for curve in panel.curves:
        points = [(along(x), up(y)) for x, y in curve.points]
        drawn.append(svg.area(points, base, f"{curve.class_} area") if curve.filled else svg.path(points, curve.class_))
        drawn += [_arrow((along(x), up(y)), curve.class_) for x, y in curve.at_least]
    return drawn


def _right(along: Scale, panel: Panel) -> float:
    return along(max((x for curve in panel.curves for x, _ in curve.points), default=0.0))


def _arrow(at: Xy, class_: str) -> Markup:
    """Return a mark that points up: the truth is beyond this value."""
    x, y = at
    return svg.path([(x - 3.5, y + 3), (x, y - 4), (x + 3.5, y + 3), (x - 3.5, y + 3)], f"{class_} at-least")


def _windows(span: Span, along: Scale, bottom: float) -> list[Markup]:
    drawn = []
    for from_s, to_s, name in ((0.0, span.warm_up_s, "warm-up"), (span.measured_s, span.end_s, "drain")):
        drawn.append(svg.box((along(from_s), _HEAD), (along(to_s), bottom), "outside"))
        middle = (along(from_s) + along(to_s)) / 2
        if along(to_s) - along(from_s) > len(name) * _CHAR_W + 4:
            drawn.append(svg.text((middle, _HEAD - 8), name, class_="window", anchor="middle"))
    return drawn


def _seconds(span: Span, along: Scale, bottom: float, *, count: int) -> list[Markup]:
    unit_s, unit = (60, "minutes") if span.end_s > 600 else (1, "seconds")  # noqa: PLR2004 - ten minutes
    ticks = [tick for tick in round_ticks(span.end_s / unit_s, count) if tick * unit_s <= span.end_s]
    marks = [svg.line((along(t * unit_s), bottom), (along(t * unit_s), bottom + svg.TICK), "axis") for t in ticks]
    texts = [svg.text((along(t * unit_s), bottom + 13), f"{t:,g}", anchor="middle") for t in ticks]
    middle = (along(0) + along(span.end_s)) / 2
    return [*marks, *texts, svg.text((middle, bottom + 29), f"{unit} from the start", anchor="middle")]


def _faults(span: Span, along: Scale, bottom: float) -> list[Markup]:
    """Return a numbered line for each fault, with its words where they fit before the next."""
    drawn: list[Markup] = []
    free_from = 0.0
    places = [along(min(max(fault.at_s, 0), span.end_s)) for fault in span.faults]
    ends = [*places[1:], along(span.end_s)][: len(places)]
    for number, (fault, x, end) in enumerate(zip(span.faults, places, ends, strict=True), 1):
        drawn.append(svg.line((x, _FAULT_Y + 8), (x, bottom), "fault"))
        full = f"{number} {fault.what}"
        fits = end - x > len(full) * _CHAR_W
        label, needed = (full, len(full) * _CHAR_W) if fits else (str(number), _BADGE_W)
        if x >= free_from:
            drawn.append(svg.text((x, _FAULT_Y), label, class_="fault-name", anchor="start" if fits else "middle"))
            free_from = x + needed
    return drawn


def in_words(span: Span) -> str:
    """Return what the shading and the lines mean, as far as there are any."""
    parts = []
    if span.warm_up_s > 0:
        parts.append(f"The first {words.period(span.warm_up_s)} are the warm-up, which counts in no figure.")
    if span.end_s > span.measured_s:
        parts.append(f"From {words.period(span.measured_s)} on nothing more was sent; the run waited for the rest.")
    if span.faults:
        parts.append(f"The numbered lines are {words.plural(len(span.faults), 'injected fault')}.")
    return " ".join(parts)
