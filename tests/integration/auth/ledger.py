"""A linker's output, written by a test: transactions with the seq, id and place that the ledger would give them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from services.contract.envelope import Source, envelope
from services.contract.ids import link_key, partition_of, transaction_id
from services.contract.requests import LinkRequested, RequestKind
from services.contract.topics import LINK_TRANSACTIONS, Topic
from services.contract.transactions import LinkTransaction, Reason, TransactionStatus
from services.runtime.publish import Message, OrderedPublisher
from services.runtime.read import Record, reading
from services.runtime.settings import KafkaSettings

MOMENT = datetime(2026, 11, 1, 16, 40, 36, tzinfo=UTC)


def requested(pacer_account: str = "111111", login: str = "atyalex", **changed: object) -> LinkRequested:
    """Return a request of the seed's filer, or of another one."""
    facts = {
        "request_id": uuid4(),
        "request": RequestKind.LINK,
        "court_id": "UTBK",
        "court_live_at": MOMENT,
        "pacer_account": pacer_account,
        "pacer_name": "Alex Attorney",
        "pacer_email": "alex@example.org",
        "pacer_upgraded": True,
        "cmecf_login": login,
        "cmecf_canonical": login,
        "cmecf_name": "Aty Alex",
        "verifier_version": "accounts:1",
        "verified_at": MOMENT,
        "confirmed_at": MOMENT,
    }
    return LinkRequested.model_validate(facts | changed)


def unlink(link: LinkTransaction) -> LinkRequested:
    """Return the court's order to end a link."""
    facts = {"request_id": uuid4(), "request": RequestKind.UNLINK, "reason": "an error", "ordered_by": "The Clerk"}
    return link.request.model_copy(update=facts)


@dataclass
class Ledger:
    """Numbers and publishes transactions."""

    settings: KafkaSettings
    partition_count: int
    _seqs: Counter[int] = field(default_factory=Counter)

    def record(
        self, request: LinkRequested, *, reason: Reason | None = None, cites: int | None = None
    ) -> LinkTransaction:
        """Return the next transaction of the request's partition."""
        partition = self.partition(request)
        self._seqs[partition] += 1
        seq = self._seqs[partition]
        return LinkTransaction(
            transaction_id=transaction_id(partition=partition, seq=seq, partition_count=self.partition_count),
            seq=seq,
            status=TransactionStatus.REJECTED if reason else TransactionStatus.PROCESSED,
            reason=reason,
            cites=cites,
            request=request,
        )

    def partition(self, request: LinkRequested) -> int:
        return partition_of(link_key(request.court_id, request.pacer_account), self.partition_count)

    async def publish(self, *transactions: LinkTransaction) -> None:
        for transaction in transactions:
            request = transaction.request
            headers = envelope(
                ce_id=str(transaction.transaction_id),
                ce_type=LINK_TRANSACTIONS.event_type,
                source=Source.LINKER,
                time=MOMENT,
            )
            message = Message(link_key(request.court_id, request.pacer_account), transaction.encode(), headers)
            await self.publish_raw(self.partition(request), message)

    async def publish_raw(self, partition: int, *messages: Message) -> None:
        publisher = OrderedPublisher(self.settings)
        async for _ in publisher.publish(LINK_TRANSACTIONS.named(self.settings.topic_prefix), partition, messages):
            pass
        await publisher.close()


async def records_of(settings: KafkaSettings, topic: Topic, partition_count: int) -> list[Record]:
    """Return every record of a topic, partition by partition."""
    found = []
    for partition in range(partition_count):
        async with reading(settings, topic.named(settings.topic_prefix), partition) as reader:
            async for records in reader.until((await reader.bounds()).end):
                found += records
    return found
