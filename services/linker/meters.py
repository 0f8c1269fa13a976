"""The linker's numbers on /metrics."""

from collections import Counter as Tally

from prometheus_client import CollectorRegistry, Counter, Histogram

from services.linker.position import Committed

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


class Meters:
    """Counts of what was decided, buried and published, and how long commits take."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.transactions = Counter(
            "ecflink_linker_transactions", "Ledger rows committed.", ["status", "reason"], registry=registry
        )
        self.dead_letters = Counter(
            "ecflink_linker_dead_letters", "Records buried: alarm on any.", ["kind"], registry=registry
        )
        self.duplicates = Counter("ecflink_linker_duplicates", "Known requests that came again.", registry=registry)
        self.published = Counter("ecflink_linker_published", "Rows published from the ledger.", registry=registry)
        self.batch_records = Histogram(
            "ecflink_linker_batch_records", "Records per batch.", registry=registry, buckets=_RECORDS
        )
        self.commit_seconds = Histogram(
            "ecflink_linker_commit_seconds", "Deciding and committing a batch.", registry=registry, buckets=_SECONDS
        )

    def count(self, committed: Committed, records: int) -> None:
        """Count a committed batch."""
        self.batch_records.observe(records)
        self.duplicates.inc(committed.duplicates)
        tally = Tally((outcome.status.value, outcome.reason or "") for outcome in committed.outcomes)
        for labels, count in tally.items():
            self.transactions.labels(*labels).inc(count)
        for letter in committed.dead_letters:
            self.dead_letters.labels(letter.kind).inc()
