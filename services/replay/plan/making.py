"""Lines of a recording become records to send: by a stencil where one fits, the long way where none does."""

from collections.abc import Iterable, Sequence
from itertools import islice
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
        instants = list(islice(moments, len(lines)))
        made: dict[int, Read] = {}
        self._stencils.sort(key=lambda stencil: -stencil.used)  # who fits most lines has the first try at each
        for stencil in self._stencils:
            self._by(stencil, lines, instants, made)
        for number, line in enumerate(lines):
            if number not in made:
                made[number], new = self._long_way(line, loop, instants[number])
                if new is not None:
                    self._by(new, lines, instants, made)
        return [made[number] for number in range(len(lines))]

    def _by(self, stencil: Stencil, lines: Sequence[bytes], instants: Sequence[float], made: dict[int, Read]) -> None:
        """Put in what a stencil makes of the lines that are left."""
        left = [number for number in range(len(lines)) if number not in made]
        if not left:
            return
        reads = stencil.made([lines[each] for each in left], [instants[each] for each in left], self._remaker)
        new = {number: read for number, read in zip(left, reads, strict=True) if read is not None}
        stencil.note(list(new.values()), self._remaker)
        made |= new

    def _long_way(self, line: bytes, loop: int, moment: float) -> tuple[Read, Stencil | None]:
        """Return what is made of a line, and a new stencil that was cut from it."""
        try:
            record = record_of(line)
        except ValueError:
            self._playable.complain()
        if record.topic not in self._remaker.routes:
            self._playable.complain()
        out = self._remaker.made(record, loop, moment)
        stencil = None
        if self._tries_left and len(self._stencils) < STENCIL_COUNT_MAX:
            self._tries_left -= 1
            stencil = cut(line, record, (out, moment), self._remaker)
            if stencil is not None:
                self._stencils.append(stencil)
        return (out, record.value, record[:2]), stencil
