"""Generated streams: the same bytes each time, records as the system makes them, accounts that an import takes."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import orjson
import pytest

from services.contract.courts import canonical_login
from services.contract.ids import link_key, partition_of
from services.contract.topics import TOPICS
from services.ops.account_import import faults_within
from services.ops.account_rows import CmecfRow, PacerRow, read
from services.ops.registry import packaged
from services.replay.recording.reading import Recording
from services.replay.recording.record import Recorded
from services.replay.scenarios.generating import Order, accounts_path, draw, write_accounts, write_recording
from services.replay.scenarios.library import find

SMOKE_SHA256 = "cfe7c9068ddb4aaff2c22d6cf11d8183186b6b779d95adb5b4ed63c7a879256a"
ACCOUNTS_SHA256 = "3568ca460b3ecf59b9aef637cbddadfd09738668399b49bd1e055511da83ec39"
MODELS = {topic.name: topic for topic in TOPICS}


def made(path: Path, *, name: str = "smoke", seed: int = 7, scale: float = 1, start: datetime | None = None) -> Path:
    """Generate a scenario and return the path of its recording."""
    scenario = find(name).scenario if scale == 1 else find(name).scenario.scaled(scale)
    order = Order(name, scenario, seed, path, start or scenario.start)
    drawn = draw(scenario, seed, order.start)
    write_accounts(order, drawn, lambda _: None)
    write_recording(order, drawn, lambda _: None)
    return path


def records_of(path: Path) -> list[Recorded]:
    return [record for batch in Recording.open(path).batches() for record in batch]


def requests_of(path: Path) -> list[Recorded]:
    return [record for record in records_of(path) if record.topic == "link-requests-v1"]


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("smoke") / "smoke.jsonl")


def test_smoke_of_seed_7_has_the_bytes_it_always_had(smoke: Path) -> None:
    assert sha256(smoke.read_bytes()).hexdigest() == SMOKE_SHA256


def test_accounts_of_smoke_have_the_bytes_they_always_had(smoke: Path) -> None:
    assert sha256(accounts_path(smoke).read_bytes()).hexdigest() == ACCOUNTS_SHA256


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".jsonl.zst"])
def test_same_seed_makes_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    one, two = made(tmp_path / f"one{suffix}"), made(tmp_path / f"two{suffix}")
    assert one.read_bytes() == two.read_bytes()


def test_another_seed_makes_another_stream(smoke: Path, tmp_path: Path) -> None:
    assert records_of(made(tmp_path / "other.jsonl", seed=8)) != records_of(smoke)


def test_values_are_those_that_the_models_write(smoke: Path) -> None:
    for record in records_of(smoke):
        assert record.value is not None
        assert MODELS[record.topic].value.model_validate_json(record.value).encode() == record.value


def test_headers_are_the_envelope_of_the_topic(smoke: Path) -> None:
    for record in records_of(smoke):
        headers = dict(record.headers)
        assert headers["ce_type"] == MODELS[record.topic].event_type.encode()
        assert "proof" not in headers


def test_requests_have_the_id_and_key_of_their_value(smoke: Path) -> None:
    for record in requests_of(smoke):
        value = orjson.loads(record.value or b"")
        assert dict(record.headers)["ce_id"] == value["request_id"].encode()
        assert record.key == link_key(value["court_id"], value["pacer_account"])


def test_sign_ins_have_their_account_as_key(smoke: Path) -> None:
    logins = [record for record in records_of(smoke) if record.topic == "auth-logins-v1"]
    assert all(record.key == orjson.loads(record.value or b"")["account"].encode() for record in logins)


def test_records_stand_in_the_partition_of_their_key(smoke: Path) -> None:
    assert all(partition_of(record.key or b"", 6) == record.partition for record in records_of(smoke))


def test_offsets_are_dense_in_each_partition(smoke: Path) -> None:
    seen: Counter[tuple[str, int]] = Counter()
    for record in records_of(smoke):
        assert record.offset == seen[record.topic, record.partition]
        seen[record.topic, record.partition] += 1


def test_records_are_in_order_of_time(smoke: Path) -> None:
    assert all(a.timestamp_ms <= b.timestamp_ms for a, b in pairwise(records_of(smoke)))


def test_first_record_is_at_the_start(smoke: Path) -> None:
    assert records_of(smoke)[0].timestamp_ms == 1_762_178_400_000


def test_start_moves_every_time(smoke: Path, tmp_path: Path) -> None:
    start = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    moved = requests_of(made(tmp_path / "moved.jsonl", start=start))
    before = [orjson.loads(record.value or b"")["confirmed_at"] for record in requests_of(smoke)]
    after = [orjson.loads(record.value or b"")["confirmed_at"] for record in moved]
    by = start - find("smoke").scenario.start
    assert [datetime.fromisoformat(each) + by for each in before] == [datetime.fromisoformat(each) for each in after]


def test_scale_takes_a_share_of_the_links_in_the_same_time(tmp_path: Path) -> None:
    path = made(tmp_path / "nation.jsonl", name="nation-in-an-hour", scale=0.001)
    manifest = Recording.open(path).manifest
    assert len({dict(record.headers)["ce_id"] for record in requests_of(path)}) == 1_300
    assert (manifest.last_ms or 0) - (manifest.first_ms or 0) == pytest.approx(3_600_000, rel=0.02)


def test_tries_for_a_link_are_two_to_three(tmp_path: Path) -> None:
    path = made(tmp_path / "nation.jsonl", name="nation-in-an-hour", scale=0.002)
    topics = Recording.open(path).manifest.topics
    assert 2 <= topics["auth-logins-v1"].count / 2_600 <= 3


def test_copies_are_the_same_record_later(tmp_path: Path) -> None:
    path = made(tmp_path / "storm.jsonl", name="duplicate-storm", scale=0.05)
    values = Counter((record.key, record.headers, record.value) for record in requests_of(path))
    assert set(values.values()) == {5}


def test_hot_accounts_have_most_of_the_requests(tmp_path: Path) -> None:
    path = made(tmp_path / "hot.jsonl", name="hot-account", scale=0.1)
    keys = Counter(record.key for record in requests_of(path))
    assert sum(count for _, count in keys.most_common(3)) == 800 + 3


def test_nothing_reaches_kafka_during_the_outage(tmp_path: Path) -> None:
    path = made(tmp_path / "outage.jsonl", name="outage-recovery", scale=0.1)
    start = find("outage-recovery").scenario.start
    begin, end = (round((start + timedelta(seconds=each)).timestamp() * 1000) for each in (1_200, 1_800))
    times = [record.timestamp_ms for record in requests_of(path)]
    assert not [each for each in times if begin <= each < end]
    assert sum(end <= each < end + 60_000 for each in times) > 200


def test_accounts_have_no_fault(smoke: Path) -> None:
    rows, faults = read(accounts_path(smoke))
    assert not faults
    assert not faults_within(rows, packaged())


def test_everyone_in_the_stream_has_an_account(smoke: Path) -> None:
    rows = [row for _, row in read(accounts_path(smoke))[0]]
    courts = packaged()
    pacer = {(row.account_number, row.upgraded) for row in rows if isinstance(row, PacerRow)}
    cmecf = {
        (row.court_id, canonical_login(row.login, courts[row.court_id].type))
        for row in rows
        if isinstance(row, CmecfRow)
    }
    values = [orjson.loads(record.value or b"") for record in requests_of(smoke)]
    assert all((value["pacer_account"], value["pacer_upgraded"]) in pacer for value in values)
    assert all((value["court_id"], value["cmecf_canonical"]) in cmecf for value in values)
