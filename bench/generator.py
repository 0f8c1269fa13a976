"""The generator of `latency`, a process of its own: link requests at instants fixed beforehand, whatever comes back.

`python -m bench.generator COUNT RATE MANIFEST TIMELINE`, with the stage in the environment. It makes every request and
the whole timeline first, then sends each at its instant and waits for no answer: a system that falls behind is not
spared.
"""

import asyncio
import gc
import random
import sys
import time
from math import ceil
from pathlib import Path
from typing import NamedTuple

import orjson
import uvloop
from aiokafka import AIOKafkaProducer

from bench.backlog import Made, noted, requests
from services.contract.topics import LINK_REQUESTS
from services.runtime.kafka import producer
from services.runtime.settings import KafkaSettings, ProofSettings, load

LEAD_S = 1.0
SEED = 1  # the same arrivals in every run


class Sent(NamedTuple):
    """A line of the timeline: wall-clock seconds when it was to be sent, and by how many seconds that was late."""

    request_id: str
    intended_at: float
    late_s: float


def arrivals(count: int, rate: float) -> list[float]:
    """Return seconds from the start, with exponential gaps: people do not come in step."""
    chance = random.Random(SEED)
    at, moments = 0.0, []
    for _ in range(count):
        at += chance.expovariate(rate)
        moments.append(at)
    return moments


async def main(count: int, rate: float, manifest: Path, timeline: Path) -> None:
    """Send `count` requests at `rate` a second; write the manifest before, the timeline after."""
    with manifest.open("ab") as lines:
        backlog = list(noted(requests(count, load(ProofSettings).key_ring), lines))
    moments = arrivals(count, rate)
    client = producer(load(KafkaSettings))
    await client.start()
    try:
        print("sending", flush=True)
        started, used = time.monotonic(), time.process_time()
        sent = await _send(client, backlog, moments)
        cores = (time.process_time() - used) / (time.monotonic() - started)
    finally:
        await client.stop()
    timeline.write_bytes(orjson.dumps({"cores": cores, "sent": [each._asdict() for each in sent]}))


async def _send(client: AIOKafkaProducer, backlog: list[Made], moments: list[float]) -> list[Sent]:
    """Send each at its moment; only after the last one wait for the broker's acknowledgements."""
    start = time.time() + LEAD_S
    sent, acknowledgements = [], []
    for made, moment in zip(backlog, moments, strict=True):
        intended_at = start + moment
        # Whole milliseconds up, as the loop's timer has them: never early, and no spinning for the rest of one.
        await asyncio.sleep(max(0, ceil((intended_at - time.time()) * 1000)) / 1000)
        late_s = time.time() - intended_at
        key, value, headers = made.message
        acknowledgements.append(
            await client.send(LINK_REQUESTS.name, value, key, partition=made.partition, headers=headers)
        )
        sent.append(Sent(str(made.request.request_id), intended_at, late_s))
    await asyncio.gather(*acknowledgements)
    return sent


if __name__ == "__main__":
    gc.disable()  # it keeps everything until its end, so there is nothing to collect
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])))
