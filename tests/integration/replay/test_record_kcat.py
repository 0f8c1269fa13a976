"""What kcat wrote of a topic is the same recording as our own, byte for byte."""

import asyncio
import shutil
from pathlib import Path

import pytest

from services.contract.topics import LINK_REQUESTS
from services.replay.recording.importing import Import
from services.runtime.settings import KafkaSettings
from tests.integration.replay.test_record import ODD, publish

_END_S_MAX = 60.0


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed: apt-get install kcat")
async def test_lines_of_kcat_are_imported_byte_for_byte(topics: KafkaSettings, tmp_path: Path) -> None:
    await publish(topics, LINK_REQUESTS.name, ODD)
    command = ("kcat", "-C", "-J", "-e", "-q", "-o", "beginning", "-b", topics.kafka_bootstrap_servers)
    process = await asyncio.create_subprocess_exec(
        *command, "-t", LINK_REQUESTS.named(topics.topic_prefix), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), _END_S_MAX)
    (tmp_path / "kcat.jsonl").write_bytes(output)
    batches = Import(tmp_path / "kcat.jsonl", form=None, salvage=False).batches()
    found = sorted((record for batch in batches for record in batch), key=lambda record: record.timestamp_ms)
    assert [(each.key, each.value, [*each.headers]) for each in found] == ODD
