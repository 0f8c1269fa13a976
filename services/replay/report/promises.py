"""The lines of an audit taken apart: which promise, how it stands, what was found. Pure."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from services.replay.measure.results import AuditSummary

_LINE: Final = re.compile(r"(run|P\d+)\s+(clean|unaudited|failed|VIOLATED)\s*(.*)", re.DOTALL)

MEANINGS: Final = {
    "run": "what this run sent was recorded once, in order, and mailed once",
    "P1": "every request that was received ends with exactly one entry in the ledger",
    "P2": "requests of one account are decided in the order in which they came",
    "P3": "an account is linked once and to one account only",
    "P4": "the ledger has no gap, and each entry carries the fingerprint of the one before",
    "P5": "every entry of the ledger was published, in order",
    "P6": "every entry has its mail, and none was sent twice unnoticed",
    "P7": "no request was passed over",
    "P8": "no password and no code stands anywhere in clear",
    "P9": "what could not be read was set aside, and nothing of it disappeared",
}


class Promise(NamedTuple):
    """One line. `verdict` is `clean`, `unaudited` or `failed`; a mere note has neither name nor verdict."""

    name: str
    verdict: str
    found: str

    @property
    def meaning(self) -> str:
        return MEANINGS.get(self.name, "")


def promises(audit: AuditSummary) -> Iterator[Promise]:
    """Yield the lines of an audit."""
    for line in audit.lines:
        read = _LINE.fullmatch(line)
        if read is None:
            yield Promise("", "", line)
        else:
            yield Promise(read[1], "failed" if read[2] == "VIOLATED" else read[2], read[3])
