"""What a run of link transactions does to the projection: decided in memory, pure, before any table is touched."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import ValidationError

from services.contract.ids import link_key
from services.contract.requests import RequestKind
from services.contract.transactions import LinkTransaction, TransactionStatus
from services.runtime.faults import Halt
from services.runtime.read import Record


@dataclass
class Effects:
    """The net effect of records of one partition, in their order. `last_seq` is where the ledger stands after them."""

    last_seq: int
    rows: list[tuple[int, UUID, str, str, str, bytes]] = field(default_factory=list)
    added: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    malformed: int = 0
    copies: int = 0

    def apply(self, transaction: LinkTransaction, value: bytes) -> None:
        """Add the next transaction."""
        request = transaction.request
        place = (request.court_id, request.pacer_account)
        self.last_seq = transaction.seq
        self.rows.append((transaction.transaction_id, request.request_id, *place, request.cmecf_canonical, value))
        if transaction.status is not TransactionStatus.PROCESSED or transaction.reason is not None:
            return
        if request.request is RequestKind.LINK:
            self.added[place] = (request.cmecf_canonical, transaction.transaction_id)
        elif transaction.cites is not None:
            # By the transaction that made the link: the accounts may be linked anew, in another partition, by now.
            self.ended.add(transaction.cites)
            if place in self.added and self.added[place][1] == transaction.cites:
                del self.added[place]


def effects_of(records: Iterable[Record], last_seq: int) -> Effects:
    """Return what records do that follow `last_seq`: copies are skipped, garbage is counted. Raises Halt at a gap."""
    effects = Effects(last_seq)
    for record in records:
        transaction = _read(record)
        if transaction is None or record.value is None:
            effects.malformed += 1
        elif transaction.seq <= effects.last_seq:
            effects.copies += 1
        elif transaction.seq > effects.last_seq + 1:
            raise Halt(
                f"{record.topic} partition {record.partition} goes from seq {effects.last_seq} to {transaction.seq} "
                f"at offset {record.offset}: transactions are missing; make the ledger's output whole, then rebuild"
            )
        else:
            effects.apply(transaction, record.value)
    return effects


def _read(record: Record) -> LinkTransaction | None:
    try:
        transaction = LinkTransaction.model_validate_json(record.value or b"")
    except ValidationError:
        return None
    return (
        transaction if record.key == link_key(transaction.request.court_id, transaction.request.pacer_account) else None
    )
