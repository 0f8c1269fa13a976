"""What of the records is written, and in which form: filters, then pseudonyms, then the search for originals."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.replay.capture.canary import Canary
from services.replay.capture.filters import Filter
from services.replay.capture.redaction import Redaction
from services.replay.recording.record import Recorded


@dataclass(frozen=True, kw_only=True)
class Sieve:
    """What stands between Kafka and the file."""

    filters: Sequence[Filter] = ()
    redaction: Redaction | None = None
    canary: Canary | None = None

    @property
    def is_open(self) -> bool:
        """Whether every record passes as it is."""
        return not self.filters and self.redaction is None

    def sifted(self, records: list[Recorded]) -> list[Recorded]:
        """Return the records that pass every filter, redacted."""
        for passes in self.filters:
            records = [record for record in records if passes(record)]
        if self.redaction is None:
            return records
        return [made for record in records if (made := self._redacted(self.redaction, record)) is not None]

    def _redacted(self, redaction: Redaction, record: Recorded) -> Recorded | None:
        redacted = redaction.of(record)
        left = None if self.canary is None else self.canary.left_in(redacted)
        if left is None:
            return redacted.record
        redaction.leave_out(f"records in whose {left} an original was left")
        return None
