"""What is laid ready is playable, or nothing of it is left."""

from pathlib import Path

import pytest

from services.replay.outcome import Unusable
from services.replay.plan.choices import Choices
from services.replay.profile.cluster import Cluster
from services.replay.profile.profile import Kafka, Profile
from services.replay.recording.manifest import Draft
from services.replay.recording.reading import Recording
from services.replay.recording.record import Recorded
from services.replay.recording.writing import RecordingWriter
from services.replay.run.before import Ground
from services.replay.run.job import FILE_NAME
from services.replay.run.laying import PLAN, SPOOL, laid_ready
from services.replay.run.players import Into
from tests.unit.replay.plan.recorded import PARTITION_COUNT, REQUESTS, RING, choices, recorded

PROVEN = [recorded(number) for number in range(3)]
UNPROVEN = [record._replace(headers=()) for record in PROVEN]
KEPT = choices(ids="keep")


def ground(folder: Path, records: list[Recorded], *, key: bool = True, rehearsal_off: bool = False) -> Ground:
    path = folder / "recording.jsonl"
    with RecordingWriter(path, Draft(partition_counts={REQUESTS: PARTITION_COUNT})) as writer:
        writer.write(records)
    profile = Profile(name="test", kafka=Kafka(bootstrap_servers="kafka.example.org:9092"))
    return Ground(
        recording=Recording.open(path),
        profile=profile,
        settings=profile.kafka_settings(),
        cluster=Cluster("here", 1, {REQUESTS: PARTITION_COUNT}),
        partitions={REQUESTS: PARTITION_COUNT},
        ring=RING if key else None,
        known_key_ids=None,
        rehearsal_off=rehearsal_off,
    )


def lay(folder: Path, stands_on: Ground, asked: Choices) -> None:
    with laid_ready(folder, stands_on, asked, workers=1, profile=folder / "replay.toml", into=Into.TOPIC) as laid:
        assert laid.job.exists()


@pytest.mark.parametrize(
    "records, stands, asked",
    [
        (PROVEN, {}, choices()),
        (PROVEN, {"key": False, "rehearsal_off": True}, KEPT),
        (UNPROVEN, {}, KEPT),
    ],
    ids=["minted", "own proofs", "signed"],
)
def test_what_the_linker_will_take_is_laid_ready(
    tmp_path: Path, records: list[Recorded], stands: dict[str, bool], asked: Choices
) -> None:
    lay(tmp_path, ground(tmp_path, records, **stands), asked)


@pytest.mark.parametrize(
    "stands, told",
    [({"key": False}, "3 link requests have no proof"), ({"rehearsal_off": True}, "rehearsal mode is off")],
    ids=["no key", "no rehearsal"],
)
def test_kept_requests_without_a_proof_are_not_sent_to_become_dead_letters(
    tmp_path: Path, stands: dict[str, bool], told: str
) -> None:
    with pytest.raises(Unusable, match=told):
        lay(tmp_path, ground(tmp_path, UNPROVEN, **stands), KEPT)
    assert not (tmp_path / SPOOL).exists()


@pytest.mark.parametrize("name", [PLAN, FILE_NAME])
def test_what_cannot_be_written_leaves_no_spool(tmp_path: Path, name: str) -> None:
    stands_on = ground(tmp_path, PROVEN)
    (tmp_path / name).symlink_to(tmp_path / "no folder" / "job")
    with pytest.raises(Unusable, match="nothing was sent"):
        lay(tmp_path, stands_on, choices())
    assert not (tmp_path / SPOOL).exists()
