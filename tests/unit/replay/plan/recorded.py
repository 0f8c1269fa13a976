"""Invented records for the tests of the plan, as a recorder would have found them in a topic."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import settings

from services.contract.ids import partition_of
from services.contract.proof import KeyRing
from services.contract.requests import LinkRequested, RequestKind
from services.contract.sealed import seal
from services.contract.topics import LINK_REQUESTS
from services.replay.plan.choices import Choices, chosen
from services.replay.plan.remaking import Outgoing, Remaker
from services.replay.recording.manifest import Draft, Manifest
from services.replay.recording.reading import Recording
from services.replay.recording.record import Recorded
from services.replay.recording.writing import RecordingWriter

# No example has to be quick: how long one takes says more of the machine than of the code.
patient = settings(deadline=None)

PARTITION_COUNT = 6
REQUESTS = LINK_REQUESTS.name
RING = KeyRing({"rehearsal": bytes(range(32))})
OLD_RING = KeyRing({"old": bytes(32)})
FIRST = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
FIRST_MS = int(FIRST.timestamp() * 1000)
START_MS = FIRST_MS + 86_400_000
V7 = UUID("0195564a-3d00-7abc-8def-0123456789ab")


def request(number: int = 0, *, at: datetime = FIRST, live_at: datetime | None = FIRST) -> LinkRequested:
    return LinkRequested(
        request_id=UUID(int=V7.int + number),
        request=RequestKind.LINK,
        court_id="UTBK",
        court_live_at=live_at,
        pacer_account=f"{1_000_000 + number % 50}",
        pacer_name='Ana "A" Ejemplo',
        pacer_email="ana@example.org",
        pacer_upgraded=True,
        cmecf_login="ana",
        cmecf_canonical="ana",
        cmecf_name="Ana Ejemplo",
        verifier_version="own-1",
        verified_at=at - timedelta(seconds=40, microseconds=1),
        confirmed_at=at,
    )


def recorded(number: int = 0, *, after_ms: int = 0, live_at: datetime | None = FIRST) -> Recorded:
    """Return the record of a request, with the proof of a key that is gone."""
    at = FIRST + timedelta(milliseconds=after_ms)
    trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    sealed = seal(request(number, at=at, live_at=live_at), OLD_RING, source="/ecflink/auth", traceparent=trace)
    partition = partition_of(sealed.key, PARTITION_COUNT)
    headers = tuple(sealed.headers)
    return Recorded(REQUESTS, partition, number, FIRST_MS + after_ms, "create", sealed.key, headers, sealed.value)


def plain(number: int = 0, **given: object) -> Recorded:
    """Return a record of a topic that is not ours; any field can be given."""
    record = Recorded("orders", 0, number, FIRST_MS + number * 100, "create", b"k", (), b'{"order":%d}' % number)
    return record._replace(**given)  # type: ignore[arg-type]  # the test gives what fits


class Held:
    """A recording in memory."""

    def __init__(self, records: Sequence[Recorded], path: Path) -> None:
        with RecordingWriter(path, Draft(partition_counts={REQUESTS: PARTITION_COUNT})) as writer:
            writer.write(records)
        self._recording = Recording.open(path)

    @property
    def manifest(self) -> Manifest:
        return self._recording.manifest

    def batches(self, count_max: int = 3) -> Iterator[list[Recorded]]:
        """Yield small batches, so that a test has several."""
        yield from self._recording.batches(min(count_max, 3))

    def lines(self, count_max: int = 3) -> Iterator[list[bytes]]:
        """Yield small batches of lines."""
        yield from self._recording.lines(min(count_max, 3))


def choices(**given: object) -> Choices:
    return chosen(run_id="run-1", **given)


def remaker(asked: Choices, *, first_ms: int = FIRST_MS) -> Remaker:
    counts = dict.fromkeys(asked.topics.values(), PARTITION_COUNT)
    return Remaker(asked, counts, RING, first_ms=first_ms, start_ms=START_MS)


def remade(record: Recorded, instant_s: float = 0.0, **given: object) -> Outgoing:
    return remaker(choices(**given)).made(record, 0, instant_s)
