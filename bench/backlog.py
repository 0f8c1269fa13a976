"""Makes link requests as auth would, signed, each of another filer, and puts them into the request topic."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple

import orjson
import uuid_utils.compat as uuids

from bench.stage import PARTITION_COUNT, Stage
from services.contract.ids import partition_of
from services.contract.proof import KeyRing
from services.contract.requests import LinkRequested, RequestKind
from services.contract.sealed import seal
from services.contract.topics import LINK_REQUESTS
from services.runtime.publish import Message, OrderedPublisher

SOURCE = "/ecflink/bench"
FIRST_ACCOUNT = 1_000_000
CHUNK = 100  # a backlog comes from many small sends
COURTS = ("UTBK", "NYSBK", "CACBK", "FLMBK", "TXSBK", "ILNBK")


class Made(NamedTuple):
    """A request made: its id and value for the manifest, its place, and the message."""

    request: LinkRequested
    partition: int
    message: Message


def requests(count: int, keys: KeyRing, *, first: int = FIRST_ACCOUNT) -> Iterator[Made]:
    """Yield `count` requests of as many filers, from account number `first` on."""
    moment = datetime.now(UTC)
    for number in range(first, first + count):
        yield one(number, keys, moment)


def one(number: int, keys: KeyRing, moment: datetime) -> Made:
    """Return the request of filer `number`, confirmed at `moment`."""
    request = LinkRequested(
        request_id=uuids.uuid7(),
        request=RequestKind.LINK,
        court_id=COURTS[number % len(COURTS)],
        court_live_at=moment - timedelta(days=1),
        pacer_account=str(number),
        pacer_name=f"Filer {number}",
        pacer_email=f"filer{number}@example.org",
        pacer_upgraded=True,
        cmecf_login=f"filer{number}",
        cmecf_canonical=f"filer{number}",
        cmecf_name=f"Filer {number}",
        verifier_version="own:1",
        verified_at=moment - timedelta(seconds=20),
        confirmed_at=moment,
    )
    sealed = seal(request, keys, source=SOURCE)
    message = Message(sealed.key, sealed.value, sealed.headers)
    return Made(request, partition_of(sealed.key, PARTITION_COUNT), message)


def noted(backlog: Iterable[Made], manifest: BinaryIO) -> Iterator[Made]:
    """Yield requests on, each with its line in the manifest that the audit holds them to."""
    for each in backlog:
        digest = hashlib.sha256(each.message.value or b"").hexdigest()
        manifest.write(orjson.dumps({"request_id": each.request.request_id, "digest": digest}) + b"\n")
        yield each


async def fill(made: Stage, backlog: Iterable[Made], *, manifest: Path) -> None:
    """Publish requests as fast as they go, each partition in order, and write down for the audit what was sent."""
    by_partition: dict[int, list[Message]] = defaultdict(list)
    with manifest.open("ab") as lines:
        for each in noted(backlog, lines):
            by_partition[each.partition].append(each.message)
    await asyncio.gather(*(_fill(made, partition, messages) for partition, messages in by_partition.items()))


async def _fill(made: Stage, partition: int, messages: list[Message]) -> None:
    publisher = OrderedPublisher(made.kafka)
    for start in range(0, len(messages), CHUNK):
        async for _ in publisher.publish(LINK_REQUESTS.name, partition, messages[start : start + CHUNK]):
            pass
    await publisher.close()
