"""Lines of a recording become records to send: by a stencil where one fits, the long way where none does."""

from collections.abc import Iterable, Sequence
from typing import Final

from services.replay.plan.playable import Playable
from services.replay.plan.remaking import Remaker
from services.replay.plan.stencils import Read, Stencil, cut
from services.replay.recording.lines import record_of

STENCIL_COUNT_MAX: Final = 8
_CUT_COUNT_MAX: Final = 200
"""How often a stencil is tried to be cut: a recording whose lines are all alike in nothing shall not cost that too."""


class Maker:
    """Makes the records of one run, batch by batch."""

    def __init__(self, playable: Playable, remaker: Remaker) -> None:
        self._playable = playable
        self._remaker = remaker
        self._stencils: list[Stencil] = []
        self._tries_left = _CUT_COUNT_MAX

    def made(self, lines: Sequence[bytes], loop: int, moments: Iterable[float]) -> list[Read]:
        """Return what is made of lines of one loop, each at its instant (or NOT_YET)."""
        self._remaker.enter(loop)
        made = []
        for line, moment in zip(lines, moments, strict=False):
            for stencil in self._stencils:
                read = stencil.made(line, self._remaker)
                if read is not None:
                    break
            else:
                read = self._long_way(line, loop, moment)
            made.append(read)
        for stencil in self._stencils:
            self._remaker.note(stencil.route, stencil.names, stencil.used)
            stencil.used = 0
        return made

    def _long_way(self, line: bytes, loop: int, moment: float) -> Read:
        try:
            record = record_of(line)
        except ValueError:
            self._playable.complain()
        if record.topic not in self._remaker.routes:
            self._playable.complain()
        out = self._remaker.made(record, loop, moment)
        if self._tries_left and len(self._stencils) < STENCIL_COUNT_MAX:
            self._tries_left -= 1
            stencil = cut(line, record, out, self._remaker)
            if stencil is not None:
                self._stencils.append(stencil)
        return out, record.value, record[:2]
