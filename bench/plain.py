"""The peer of `drain`: a plain service, one record = one transaction, 8 connections, then the publish.

What many would write first. It checks no proof, keeps no chain and no position, and loses the publish after a crash
between
commit and send; it is here to say what batching is worth. `python -m bench.plain COUNT`, with the stage in the
environment.
"""

import asyncio
import os
import sys
import time

import asyncpg
import uvloop

from bench.stage import PARTITION_COUNT
from services.contract.requests import LinkRequested
from services.contract.topics import LINK_REQUESTS
from services.runtime.kafka import producer
from services.runtime.read import Record, reading
from services.runtime.settings import KafkaSettings

CONNECTION_COUNT = 8
TABLES = """
CREATE SCHEMA plain;
CREATE TABLE plain.ledger (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, request_id uuid UNIQUE, value bytea);
CREATE TABLE plain.links (court_id text, pacer_account text, cmecf text,
    PRIMARY KEY (court_id, pacer_account), UNIQUE (court_id, cmecf));
"""
TOPIC = "plain-transactions"
_LEDGER = "INSERT INTO plain.ledger (request_id, value) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id"
_LINK = "INSERT INTO plain.links VALUES ($1, $2, $3)"


async def main(count: int) -> None:
    kafka = KafkaSettings()
    queue: asyncio.Queue[Record] = asyncio.Queue(maxsize=CONNECTION_COUNT * 4)
    out = producer(kafka)
    await out.start()
    async with asyncpg.create_pool(
        os.environ["PLAIN_URL"], min_size=CONNECTION_COUNT, max_size=CONNECTION_COUNT
    ) as pool:

        async def work() -> None:
            while True:
                record = await queue.get()
                request = LinkRequested.model_validate_json(record.value or b"")
                async with pool.acquire() as connection, connection.transaction():
                    number = await connection.fetchval(_LEDGER, request.request_id, record.value)
                    await connection.execute(_LINK, request.court_id, request.pacer_account, request.cmecf_canonical)
                value = b'{"transaction_id":%d,"request":%b}' % (number, record.value or b"")
                await out.send_and_wait(TOPIC, value, record.key, partition=record.partition)
                queue.task_done()

        workers = [asyncio.create_task(work()) for _ in range(CONNECTION_COUNT)]
        started = time.monotonic()
        await asyncio.gather(
            *(_read(kafka, partition, count // PARTITION_COUNT, queue) for partition in range(PARTITION_COUNT))
        )
        await queue.join()
        elapsed_s = time.monotonic() - started
        for worker in workers:
            worker.cancel()
    await out.stop()
    print(count // PARTITION_COUNT * PARTITION_COUNT / elapsed_s)


async def _read(kafka: KafkaSettings, partition: int, count: int, queue: asyncio.Queue[Record]) -> None:
    async with reading(kafka, LINK_REQUESTS.name, partition) as reader:
        async for records in reader.until(count):
            for record in records:
                await queue.put(record)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
