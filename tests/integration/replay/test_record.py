"""`ecflink replay record` on a real broker: what is recorded is what is there, however odd, and however it ends."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from services.contract.ids import partition_of
from services.contract.topics import AUTH_LOGINS, LINK_REQUESTS
from services.replay.recording.importing import Import
from services.replay.recording.manifest import Manifest
from services.replay.recording.reading import Recording
from services.replay.recording.record import Recorded
from services.runtime.clock import now
from services.runtime.kafka import connection
from services.runtime.settings import KafkaSettings
from tests.backends.topics import PARTITION_COUNT
from tests.linking.requests import message, requested

_END_S_MAX = 60.0
# Of the last hour: the broker soon removes what is older than its topic keeps.
FIRST_MS = int(now().timestamp()) * 1_000 - 3_600_000
_VALUE_1_MB = b"\xff" * 1_000_000
Headers = list[tuple[str, bytes | None]]
ODD: list[tuple[bytes | None, bytes | None, Headers]] = [
    (b"k", b'{"a":1}', [("h", b"1"), ("h", b"2"), ("h", None), ("e", b"")]),
    (b"tombstone", None, []),
    (None, b"null", [("x", b"\xff")]),
    (b"\xff\xfe", b'{"a": 1.0e5}', []),
    (b"", b"", []),
    (b"large", _VALUE_1_MB, []),
]


async def publish(kafka: KafkaSettings, topic: str, given: list[tuple[bytes | None, bytes | None, Headers]]) -> None:
    """Publish records with times of their own, one a second, each to the partition of its key."""
    client = AIOKafkaProducer(**connection(kafka), acks="all", max_request_size=2_000_000)
    await client.start()
    try:
        for number, (key, value, headers) in enumerate(given):
            await client.send_and_wait(
                kafka.topic_prefix + topic,
                value,
                key,
                partition=partition_of(key or b"", PARTITION_COUNT),
                timestamp_ms=FIRST_MS + 1_000 * number,
                headers=headers,
            )
    finally:
        await client.stop()


def _requests(count: int) -> list[tuple[bytes | None, bytes | None, Headers]]:
    made = [message(requested(number)) for number in range(count)]
    return [(each.key, each.value, [*each.headers]) for each in made]


async def _start(kafka: KafkaSettings, *arguments: str) -> asyncio.subprocess.Process:
    environment = os.environ | {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.kafka_bootstrap_servers,
        "TOPIC_PREFIX": kafka.topic_prefix,
    }
    command = ("-m", "services.ops", "replay", "record", *arguments)
    return await asyncio.create_subprocess_exec(
        sys.executable, *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def _record(kafka: KafkaSettings, *arguments: str) -> tuple[int | None, str]:
    """Run the command to its end; return its exit code and what it told."""
    process = await _start(kafka, *arguments)
    output, errors = await asyncio.wait_for(process.communicate(), _END_S_MAX)
    return process.returncode, (output + errors).decode()


def _written(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1_000, UTC).isoformat()


def _read(path: Path) -> tuple[Manifest, list[Recorded]]:
    recording = Recording.open(path)
    return recording.manifest, [record for batch in recording.batches() for record in batch]


@pytest.mark.thorough
async def test_odd_records_are_recorded_byte_for_byte(topics: KafkaSettings, tmp_path: Path) -> None:
    await publish(topics, LINK_REQUESTS.name, ODD)
    code, told = await _record(topics, "--to", "end", "-o", str(tmp_path / "r.jsonl.zst"))
    assert code == 0, told
    manifest, found = _read(tmp_path / "r.jsonl.zst")
    assert [(each.key, each.value, [*each.headers]) for each in found] == ODD
    assert manifest.topics[LINK_REQUESTS.name].partition_count == PARTITION_COUNT
    assert manifest.cluster_id


async def test_partitions_and_topics_are_merged_by_time(topics: KafkaSettings, tmp_path: Path) -> None:
    await publish(topics, LINK_REQUESTS.name, _requests(60))
    await publish(topics, AUTH_LOGINS.name, _requests(60))
    names = (LINK_REQUESTS.name, AUTH_LOGINS.name)
    code, told = await _record(topics, *names, "--to", "end", "-o", str(tmp_path / "r.jsonl"))
    assert code == 0, told
    times = [each.timestamp_ms for each in _read(tmp_path / "r.jsonl")[1]]
    assert times == sorted(times)
    assert len(times) == 120


@pytest.mark.thorough
async def test_range_by_time_and_by_offset(topics: KafkaSettings, tmp_path: Path) -> None:
    await publish(topics, LINK_REQUESTS.name, _requests(60))
    times = ("--from", _written(FIRST_MS + 10_000), "--to", _written(FIRST_MS + 20_000))
    code, told = await _record(topics, *times, "-o", str(tmp_path / "times.jsonl"))
    assert code == 0, told
    found = [each.timestamp_ms - FIRST_MS for each in _read(tmp_path / "times.jsonl")[1]]
    assert found == list(range(10_000, 20_000, 1_000))
    offsets = ("--from", f"{LINK_REQUESTS.name}/0=5", "--to", "end", "--to", f"{LINK_REQUESTS.name}/0=7")
    code, told = await _record(topics, *offsets, "-o", str(tmp_path / "offsets.jsonl"))
    assert code == 0, told
    assert [each.offset for each in _read(tmp_path / "offsets.jsonl")[1] if each.partition == 0] == [5, 6]


@pytest.mark.parametrize(
    "arguments,code,says",
    [
        (("none-v1", "--to", "end"), 1, "there is no topic"),
        (("--from", "999", "--to", "end"), 1, "holds offsets"),
        (("--from", "noon"), 1, "not `beginning`"),
        (("--to", "end", "--redact", "/none"), 1, "openssl rand"),
    ],
    ids=["topic", "offset", "time", "key"],
)
async def test_what_cannot_be_is_refused_before_a_file_is_made(
    arguments: tuple[str, ...], code: int, says: str, topics: KafkaSettings, tmp_path: Path
) -> None:
    ended, told = await _record(topics, *arguments, "-o", str(tmp_path / "r.jsonl"))
    assert (ended, says in told) == (code, True), told
    assert not (tmp_path / "r.jsonl").exists()


async def test_live_recording_ends_by_hand_with_a_valid_file(topics: KafkaSettings, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl.gz"
    process = await _start(topics, "--from", "beginning", "-o", str(path))
    async with asyncio.timeout(_END_S_MAX):
        while not path.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.05)
        await publish(topics, LINK_REQUESTS.name, _requests(20))
        # Only what is flushed is there to be seen: the first line, and then a block with the records.
        size = path.stat().st_size
        while path.stat().st_size == size:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, errors = await asyncio.wait_for(process.communicate(), _END_S_MAX)
    assert process.returncode == 0, errors
    assert b"ended by hand" in output
    manifest, found = _read(path)
    assert 0 < len(found) <= 20
    assert manifest.notes["ended_by"] == "hand"


async def test_recorder_that_is_killed_loses_no_more_than_a_second(topics: KafkaSettings, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl.zst"
    process = await _start(topics, "--from", "beginning", "-o", str(path))
    await publish(topics, LINK_REQUESTS.name, _requests(20))
    async with asyncio.timeout(_END_S_MAX):
        while not path.exists() or path.stat().st_size < 5_000:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.05)
    process.kill()
    await process.wait()
    read = Import(path, form=None, salvage=True)
    assert sum(len(batch) for batch in read.batches()) > 0


async def test_filters_count_and_sample_choose(topics: KafkaSettings, tmp_path: Path) -> None:
    await publish(topics, LINK_REQUESTS.name, _requests(30))
    chosen = ("--field", "pacer_account=1000007", "--type", LINK_REQUESTS.event_type, "--sample", "1")
    code, told = await _record(topics, "--to", "end", *chosen, "-o", str(tmp_path / "one.jsonl"))
    assert code == 0, told
    assert [each.key for each in _read(tmp_path / "one.jsonl")[1]] == [b"UTBK:1000007"]
    code, told = await _record(topics, "--to", "end", "--count", "9", "-o", str(tmp_path / "nine.jsonl"))
    assert code == 0, told
    assert len(_read(tmp_path / "nine.jsonl")[1]) == 9


async def test_redacted_recording_holds_none_of_the_people(topics: KafkaSettings, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("5a" * 32)
    path = tmp_path / "r.jsonl"
    await publish(topics, LINK_REQUESTS.name, _requests(30))
    code, told = await _record(topics, "--to", "end", "--redact", str(tmp_path / "key"), "-o", str(path))
    assert code == 0, told
    manifest, found = _read(path)
    assert "none of" in manifest.notes["canary"]
    assert "keyed pseudonyms" in (manifest.redaction or "")
    accounts = {orjson.loads(each.value or b"")["pacer_account"] for each in found}
    assert len(accounts) == 30
    assert not [number for number in range(30) if f"filer{number}@example.org".encode() in path.read_bytes()]
