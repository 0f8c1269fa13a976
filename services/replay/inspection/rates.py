"""How many records there are at which time, and the plot of it in text."""

from typing import Final

import numpy as np

from services.replay.inspection.places import Shown

SLOT_COUNT_MAX: Final = 1_000_000
PLOT_WIDTH: Final = 72
PLOT_HEIGHT: Final = 8
_BLOCKS: Final = " ▁▂▃▄▅▆▇█"


class Rates(Shown):
    """Rates over the recording. `slot_s` is how long each slot is in which records were counted."""

    duration_s: float
    mean_per_s: float
    peak_per_s: float
    peak_at_ms: int | None
    slot_s: int
    plot_per_s: list[float]


class Timeline:
    """Counts in slots of a whole number of seconds, one where the recording is shorter than eleven days."""

    def __init__(self, first_ms: int, last_ms: int) -> None:
        self._first_ms = first_ms
        self._last_ms = last_ms
        span_s = (last_ms - first_ms) // 1000 + 1
        self.slot_s = -(-span_s // SLOT_COUNT_MAX)
        self._counts = np.zeros(span_s // self.slot_s + 1, np.int64)

    def add(self, times_ms: np.ndarray) -> None:
        """Count some records."""
        slots = (times_ms - self._first_ms) // (1000 * self.slot_s)
        counted = np.bincount(slots)
        self._counts[: len(counted)] += counted

    def rates(self) -> Rates:
        """Return what came of it."""
        total = int(self._counts.sum())
        duration_s = (self._last_ms - self._first_ms) / 1000
        peak = int(self._counts.argmax())
        return Rates(
            duration_s=duration_s,
            mean_per_s=total / max(duration_s, 1.0),
            peak_per_s=float(self._counts[peak]) / self.slot_s,
            peak_at_ms=self._first_ms + peak * self.slot_s * 1000 if total else None,
            slot_s=self.slot_s,
            plot_per_s=self._columns(max(duration_s, 1.0)),
        )

    def _columns(self, duration_s: float) -> list[float]:
        """Return the mean rate in each of PLOT_WIDTH equal parts of the time, or fewer where there are fewer slots."""
        used = self._counts[: max(1, int(np.ceil(duration_s / self.slot_s)))]
        parts = np.array_split(used, min(PLOT_WIDTH, len(used)))
        return [round(float(part.mean()) / self.slot_s, 3) for part in parts]


def plotted(per_s: list[float]) -> list[str]:
    """Return the lines of a plot, the highest first: each column is filled in eighths of a line."""
    top = max(per_s, default=0.0) or 1.0
    eighths = [round(rate / top * PLOT_HEIGHT * 8) or (1 if rate else 0) for rate in per_s]
    lines = []
    for row in reversed(range(PLOT_HEIGHT)):
        bars = "".join(_BLOCKS[min(8, max(0, each - row * 8))] for each in eighths)
        label = f"{top:>12,.1f} ┤" if row == PLOT_HEIGHT - 1 else f"{0:>12} ┤" if row == 0 else f"{'':>12} │"
        lines.append(label + bars)
    return lines
