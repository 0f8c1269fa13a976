"""A second process reads the same lines as the recorder itself, and its end is never taken for the end of the range."""

from collections.abc import Sequence

import pytest

from services.contract.topics import LINK_REQUESTS
from services.replay.capture.apart import read_apart
from services.replay.capture.sieve import Sieve
from services.replay.capture.source import Source, opened
from services.replay.capture.spans import BEGINNING, END, Bound, Span, Spans
from services.replay.capture.together import together
from services.runtime.faults import Halt, Transient
from services.runtime.settings import KafkaSettings
from tests.backends.topics import PARTITION_COUNT
from tests.integration.replay.test_record import ODD, publish


async def _spans(topics: KafkaSettings) -> list[Span]:
    async with opened(topics, PARTITION_COUNT) as client:
        bounds = [Bound(None, None, word=word) for word in (BEGINNING, END)]
        return await Spans(client, topics.topic_prefix).of(
            {LINK_REQUESTS.name: PARTITION_COUNT}, *[[b] for b in bounds]
        )


async def _read_here(topics: KafkaSettings, spans: Sequence[Span]) -> list[bytes]:
    async with opened(topics, PARTITION_COUNT) as client:
        return [line async for stretch in Source(client, spans, Sieve()).batches() for line in stretch.lines]


async def test_two_processes_read_what_one_reads(topics: KafkaSettings) -> None:
    await publish(topics, LINK_REQUESTS.name, ODD * 4)
    spans = await _spans(topics)
    async with opened(topics, PARTITION_COUNT) as client, read_apart(topics, spans[::2]) as apart:
        both = together([apart, Source(client, spans[1::2], Sieve()).batches()])
        found = [line async for stretch in both for line in stretch.lines]
    assert found == await _read_here(topics, spans)
    assert len(found) == 4 * len(ODD)


async def test_offsets_that_are_gone_end_it_with_the_cause(topics: KafkaSettings) -> None:
    beyond = [span._replace(start=1_000, end=2_000) for span in await _spans(topics)]
    async with read_apart(topics, beyond) as apart:
        with pytest.raises(Halt, match="no longer holds the offset"):
            await anext(apart)


async def test_broker_that_does_not_answer_is_told(topics: KafkaSettings) -> None:
    spans = await _spans(topics)
    nowhere = topics.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"})
    async with read_apart(nowhere, spans) as apart:
        with pytest.raises(Transient, match="does not answer"):
            await anext(apart)
