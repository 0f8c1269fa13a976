"""The limit of `drain`: our own SQL alone, without a broker. `python -m bench.sql PARTITION,… COUNT`, stage in the
environment.

Batches are judged before the clock starts; what is timed is deciding and committing them.
"""

import asyncio
import sys
import time
from collections import defaultdict
from dataclasses import dataclass

import uvloop

from bench.backlog import requests
from bench.stage import PARTITION_COUNT
from services.linker.intake import DeadLetter, Received, read
from services.linker.keys import Keys
from services.linker.ledger import PostgresLedger
from services.linker.position import Batch, Published
from services.linker.settings import LinkerSettings
from services.runtime.database import open_batch_pool
from services.runtime.settings import load

BATCH_COUNT = 800


@dataclass
class Given:
    """A record as the broker would hand it over."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    topic: str = "link-requests-v1"
    timestamp: int = 0


async def main(partitions: set[int], count: int) -> None:
    settings = load(LinkerSettings)
    by_partition: dict[int, list[Received | DeadLetter]] = defaultdict(list)
    for made in requests(count, settings.key_ring):
        if made.partition in partitions:
            items = by_partition[made.partition]
            given = Given(made.partition, len(items), made.message.key, made.message.value, tuple(made.message.headers))
            items.append(read(given, Keys(settings.key_ring), PARTITION_COUNT))
    pool = await open_batch_pool(settings, size_max=PARTITION_COUNT)
    ledger = PostgresLedger(pool, "link-requests-v1")
    started = time.monotonic()
    await asyncio.gather(*(_commit(ledger, partition, items) for partition, items in by_partition.items()))
    elapsed_s = time.monotonic() - started
    await pool.close()
    print(sum(map(len, by_partition.values())) / elapsed_s)


async def _commit(ledger: PostgresLedger, partition: int, items: list[Received | DeadLetter]) -> None:
    position = await ledger.take_over(partition)
    for start in range(0, len(items), BATCH_COUNT):
        some = items[start : start + BATCH_COUNT]
        await ledger.commit(
            Batch(partition, position.epoch, start, start + len(some), b"", some, published=Published(0))
        )


if __name__ == "__main__":
    uvloop.run(main({int(number) for number in sys.argv[1].split(",")}, int(sys.argv[2])))
