"""The linker as a process, against the real broker and database."""

import json

import pytest
from aiokafka import AIOKafkaProducer

from services.contract.ids import partition_of
from services.contract.topics import LINK_REQUESTS, LINK_TRANSACTIONS
from services.runtime.publish import Message
from services.runtime.read import reading
from tests.linking.requests import PROOF_KEYS, message, requested
from tests.linking.stage import Stage
from tests.thorough import one_for_all


async def dead_letters(stage: Stage) -> list[tuple[str, bytes | None]]:
    rows = await stage.fetch('SELECT kind, value FROM linker.dead_letters ORDER BY partition, "offset"')
    return [(row["kind"], row["value"]) for row in rows]


async def test_request_becomes_a_link_and_a_transaction(stage: Stage) -> None:
    await stage.send([requested(1)])
    stage.start()
    await stage.caught_up()
    (link,) = await stage.fetch("SELECT court_id, pacer_account, cmecf_canonical FROM linker.links")
    assert tuple(link) == ("UTBK", "1000001", "login1")
    assert await stage.breaches() == []


async def test_same_request_commits_once(stage: Stage) -> None:
    await stage.send([requested(1)])
    await stage.publish([message(requested(1))] * 3)
    stage.start()
    await stage.caught_up()
    assert len(await stage.fetch("SELECT FROM linker.ledger")) == 1


async def test_same_id_with_other_bytes_is_buried(stage: Stage) -> None:
    await stage.send([requested(1)])
    await stage.publish([message(requested(1, pacer_name="Somebody Else"))])
    stage.start()
    await stage.caught_up()
    assert [kind for kind, _ in await dead_letters(stage)] == ["conflicting-id"]


GARBAGE = {
    "no value": message(requested(9))._replace(value=None),
    "not JSON": message(requested(9), value=b"\x00\xff{"),
    "forged": message(requested(9), value=requested(9, pacer_name="Forged").encode()),
    "no headers": Message(b"UTBK:1000009", b"{}", []),
    "a header twice": message(requested(9))._replace(headers=[*message(requested(9)).headers] * 2),
    "another key": message(requested(9))._replace(key=b"UTBK:1000010"),
    "a megabyte": message(requested(9), value=b"x" * 500_000),
}


@pytest.mark.parametrize("what", one_for_all(GARBAGE, plain="not JSON"))
async def test_garbage_is_buried_and_the_partition_goes_on(stage: Stage, what: str) -> None:
    await stage.send([requested(1)])
    await stage.publish([GARBAGE[what]])
    stage.start()
    await stage.send([requested(2), requested(9)])
    await stage.caught_up()
    assert [value for _, value in await dead_letters(stage)] == [GARBAGE[what].value]
    assert len(await stage.fetch("SELECT FROM linker.ledger")) == 3
    assert await stage.breaches() == []


async def test_data_that_only_postgres_refuses_is_split_out(stage: Stage) -> None:
    await stage.fetch("ALTER TABLE linker.links ADD CHECK (cmecf_canonical <> 'login7')")
    await stage.send([requested(number) for number in range(1, 20)])
    stage.start()
    await stage.caught_up()
    assert [kind for kind, _ in await dead_letters(stage)] == ["data-error"]
    assert len(await stage.fetch("SELECT FROM linker.ledger")) == 18
    assert await stage.breaches() == []


async def test_unknown_proof_key_stops_its_partition_until_released(stage: Stage) -> None:
    other = message(requested(1), keys=f"k9:{'77' * 32}")
    await stage.publish([other])
    process = stage.start(MANAGEMENT_PORT="0")
    await stage.logged("partition.key-missing")
    assert process.poll() is None
    topic = LINK_REQUESTS.named(stage.deployment.kafka.topic_prefix)
    (partition,) = [number for number, end in (await stage.ends(LINK_REQUESTS)).items() if end]
    await stage.fetch("INSERT INTO linker.releases VALUES ($1, $2, 0, 'an officer')", topic, partition)
    await stage.caught_up()
    assert await dead_letters(stage) == [("released", other.value)]


async def test_key_supplied_in_its_file_frees_the_partition(stage: Stage) -> None:
    second = f"k9:{'77' * 32}"
    await stage.publish([message(requested(1), keys=second)])
    keys = stage.folder / "proof-keys"
    keys.write_text(PROOF_KEYS, encoding="utf-8")
    stage.start(PROOF_KEYS="", PROOF_KEYS_FILE=str(keys))
    await stage.logged("partition.key-missing")
    keys.write_text(f"{PROOF_KEYS}\n{second}", encoding="utf-8")
    await stage.caught_up()
    assert len(await stage.fetch("SELECT FROM linker.ledger")) == 1


async def test_two_processes_share_the_partitions(stage: Stage) -> None:
    stage.start("-m", "services.ops", "linker", "--processes", "2")
    await stage.send([requested(number) for number in range(1, 100)])
    await stage.caught_up()
    assert len(await stage.fetch("SELECT FROM linker.ledger")) == 99
    assert await stage.breaches() == []


async def test_transactions_carry_the_trace_of_their_request(stage: Stage) -> None:
    trace = ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    asked = message(requested(1))
    await stage.publish([asked._replace(headers=[*asked.headers, trace])])
    stage.start()
    await stage.caught_up()
    (row,) = await stage.fetch("SELECT partition, key, headers, value FROM linker.ledger")
    kafka = stage.deployment.kafka
    async with reading(kafka, LINK_TRANSACTIONS.named(kafka.topic_prefix), row["partition"]) as reader:
        (record,) = await reader.batch()
    assert (record.key, record.value) == (row["key"], row["value"])
    assert [[name, (value or b"").decode()] for name, value in record.headers] == json.loads(row["headers"])
    assert trace in record.headers


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_compressed_record_is_read_like_any_other(stage: Stage, codec: str) -> None:
    await stage.send([requested(1)])
    client = AIOKafkaProducer(bootstrap_servers=stage.deployment.kafka.kafka_bootstrap_servers, compression_type=codec)
    async with client:
        asked = message(requested(2))
        place = partition_of(asked.key, stage.deployment.partition_count)
        topic = LINK_REQUESTS.named(stage.deployment.kafka.topic_prefix)
        await client.send_and_wait(topic, asked.value, asked.key, partition=place, headers=asked.headers)
    stage.start()
    await stage.caught_up()
    assert len(await stage.fetch("SELECT FROM linker.ledger")) == 2
