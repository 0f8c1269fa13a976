"""What must be right before the first record: recording, profile, cluster, partitions, key. Nothing is sent here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.contract.proof import KeyRing
from services.contract.topics import LINK_REQUESTS
from services.replay.outcome import Unusable
from services.replay.plan.choices import Choices
from services.replay.profile.checking import rehearsal_is_off
from services.replay.profile.cluster import Cluster, look_at_cluster
from services.replay.profile.loading import load_profile
from services.replay.profile.profile import Profile
from services.replay.profile.safety import assert_allowed, at_a_terminal
from services.replay.recording.reading import Recording
from services.runtime.settings import KafkaSettings


@dataclass(frozen=True)
class Ground:
    """What a run stands on, looked at and found right. `partitions` is by target topic, without the prefix.

    `known_key_ids` are the proof keys that the linker is known to have; None where nobody said. `rehearsal_off`: the
    linker says that it honours no rehearsal key.
    """

    recording: Recording
    profile: Profile
    settings: KafkaSettings
    cluster: Cluster
    partitions: Mapping[str, int]
    ring: KeyRing | None
    known_key_ids: frozenset[str] | None
    rehearsal_off: bool

    def assert_proven(self, *, signed: int, unproven: int) -> None:
        """Raise Unusable where link requests would become dead letters for want of a proof that the linker takes."""
        if unproven:
            raise Unusable(
                f"{unproven:,} link requests have no proof in the recording, and the profile names no "
                "rehearsal_key_file to sign them with: they would become dead letters; nothing was sent"
            )
        if signed and self.rehearsal_off:
            raise Unusable(
                "the linker says that rehearsal mode is off: each request that is signed here would become a dead "
                "letter; nothing was sent. Set REHEARSAL=true and REHEARSAL_KEYS there"
            )


async def look(
    file: Path, profile_path: Path, choices: Choices, *, confirmed: str | None, known_keys: Collection[str] = ()
) -> Ground:
    """Look at everything that a run needs. Raises Unusable where it cannot be played, Transient without a broker."""
    recording, profile = Recording.open(file), load_profile(profile_path)
    ring = _ring(profile, choices)
    settings = profile.kafka_settings()
    targets = list(dict.fromkeys(choices.topics.values()))
    cluster = await look_at_cluster(settings, [settings.topic_prefix + target for target in targets])
    assert_allowed(profile, cluster.cluster_id, confirmed=confirmed, ask=at_a_terminal())
    if missing := cluster.missing():
        raise Unusable(f"the cluster has no topic {', '.join(missing)}; nothing was sent. `ecflink topics` makes ours")
    off = LINK_REQUESTS.name in targets and await rehearsal_is_off(profile)
    counts = {target: cluster.partition_counts[settings.topic_prefix + target] for target in targets}
    known = frozenset([*known_keys, *(ring.keys if ring is not None else ())]) or None
    ground = Ground(recording, profile, settings, cluster, counts, ring, known, off)
    # With kept ids only the records tell whether anything will be signed.
    ground.assert_proven(signed=int(_signs(choices)), unproven=0)
    return ground


def _ring(profile: Profile, choices: Choices) -> KeyRing | None:
    ring = profile.ring()
    if ring is None and _signs(choices):
        raise Unusable(
            "new ids need new proofs, and the profile names no rehearsal_key_file; nothing was sent. "
            "--ids keep plays the recorded ids with their own proofs"
        )
    return ring


def _signs(choices: Choices) -> bool:
    return choices.ids == "mint" and LINK_REQUESTS.name in choices.topics.values()
