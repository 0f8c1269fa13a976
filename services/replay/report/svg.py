"""Elements of SVG as text, escaped, and the few shapes that the plots are made of. Colours and dashes are the style
sheet's: a shape names its class alone.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from markupsafe import Markup, escape

Xy = tuple[float, float]

TICK: Final = 4.0
BASELINE: Final = 4.0
"""By how much a text stands below its middle."""


def element(name: str, *inside: str, **attributes: object) -> Markup:
    """Return an element. A trailing underscore of an attribute falls away, others become dashes; None leaves it out."""
    told = (
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _told(value))
        for key, value in attributes.items()
        if value is not None
    )
    # The name is this package's own; what comes from a run is escaped.
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), joined(told), joined(inside))  # noqa: S704


def joined(parts: Iterable[str]) -> Markup:
    """Return parts as one, each escaped unless it is markup already."""
    return Markup("").join(escape(part) for part in parts)


def text(at: Xy, words: str, *, class_: str | None = None, anchor: str | None = None) -> Markup:
    """Return words that stand level with a point."""
    return element("text", words, x=at[0], y=at[1] + BASELINE, class_=class_, text_anchor=anchor)


def line(start: Xy, end: Xy, class_: str) -> Markup:
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=class_)


def box(corner: Xy, opposite: Xy, class_: str) -> Markup:
    """Return a rectangle; nothing where it would have no width."""
    width, height = opposite[0] - corner[0], opposite[1] - corner[1]
    if width <= 0:
        return Markup("")
    return element("rect", x=corner[0], y=corner[1], width=width, height=height, class_=class_)


def path(points: Sequence[Xy], class_: str) -> Markup:
    """Return a line through points; nothing without any."""
    return element("path", d=_drawn(points), class_=class_) if points else Markup("")


def area(points: Sequence[Xy], floor_y: float, class_: str) -> Markup:
    """Return what is between a line and a floor."""
    if not points:
        return Markup("")
    closed = [(points[0][0], floor_y), *points, (points[-1][0], floor_y)]
    return element("path", d=_drawn(closed) + "Z", class_=class_)


def _drawn(points: Sequence[Xy]) -> str:
    return "M" + "L".join(f"{_told(x)},{_told(y)}" for x, y in points)


def _told(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
