"""`ecflink replay record`: what the words of the command line mean, and how they are told when it is done."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final

import uvloop
from cyclopts import Parameter

from services.contract.topics import LINK_REQUESTS
from services.replay.capture.apart import WORTH_IT_COUNT, read_apart, shared_out
from services.replay.capture.canary import Canary
from services.replay.capture.capture import Capture, Limits, ended_by_hand
from services.replay.capture.choice import Choice
from services.replay.capture.pseudonyms import Pseudonyms, read_key
from services.replay.capture.redaction import Redaction
from services.replay.capture.searching import searched, searched_if_cut_short
from services.replay.capture.sieve import Sieve
from services.replay.capture.source import Source, opened
from services.replay.capture.spans import Span, Spans
from services.replay.capture.stretches import Stretch
from services.replay.capture.together import together
from services.replay.outcome import Unusable, exiting
from services.replay.profile.cluster import look_at_cluster
from services.replay.profile.loading import load_profile
from services.replay.recording.manifest import NOT_SEARCHED, Draft, Manifest
from services.replay.recording.uncollected import uncollected
from services.replay.recording.writing import RecordingWriter
from services.runtime.clock import now
from services.runtime.screen import progressing, say, say_json, warn
from services.runtime.settings import KafkaSettings, load

FLUSH_S: Final = 1.0


_ALL: Final = Choice()


@exiting()
def record(
    *topics: str,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    profile: Path | None = None,
    redact: Path | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
    choice: Choice = _ALL,
) -> int:
    """Record topics from Kafka into a file: live until Ctrl-C, or a range. The file is valid however it ends.

    Parameters
    ----------
    topics
        Names without the deployment's prefix; default link-requests-v1.
    output
        A new file: NAME.jsonl, NAME.jsonl.gz or NAME.jsonl.zst.
    profile
        The deployment, as `ecflink replay init` wrote it; without it KAFKA_… of the environment.
    redact
        A file with 64 hex digits, the key of the pseudonyms that are put in place of names, logins, mail and accounts.
    json
        Print the manifest as JSON.
    """
    settings = load(KafkaSettings) if profile is None else load_profile(profile).kafka_settings()
    sieve = _sieve(choice, redact)
    with uncollected(), searched_if_cut_short(output, sieve.canary), progressing("recorded", choice.count) as progress:
        manifest, why = uvloop.run(
            _record(settings, topics or (LINK_REQUESTS.name,), (output, sieve, choice), progress)
        )
    manifest = searched(output, manifest, sieve.canary)
    if json:
        say_json(manifest.model_dump())
    else:
        say(f"{output}: {manifest.count:,} records, {manifest.body_bytes:,} bytes; ended by {why}")
    for what, count in sorted(sieve.redaction.left_out.items()) if sieve.redaction else ():
        warn(f"left out: {what}: {count:,}")
    return 0


def _sieve(choice: Choice, redact: Path | None) -> Sieve:
    filters = choice.filters()
    if redact is None:
        return Sieve(filters=filters)
    return Sieve(filters=filters, redaction=Redaction(Pseudonyms(read_key(redact))), canary=Canary())


async def _record(
    settings: KafkaSettings,
    topics: Sequence[str],
    wanted: tuple[Path, Sieve, Choice],
    progress: Callable[[int], None],
) -> tuple[Manifest, str]:
    output, sieve, choice = wanted
    starts, ends = choice.bounds(now())
    draft, counts = await _draft(settings, topics, sieve)
    async with opened(settings, sum(counts.values())) as client:
        spans = await Spans(client, settings.topic_prefix).of(counts, starts, ends)
        with RecordingWriter(output, draft) as writer:
            flush_s = FLUSH_S if any(span.end is None for span in spans) else None
            capture = Capture(writer, spans, Limits(count_max=choice.count, for_s=choice.for_, flush_s=flush_s))
            with ended_by_hand(capture.stop):
                many = sieve.is_open and (choice.count is None or choice.count >= WORTH_IT_COUNT)
                async with _batches(settings, client, spans, sieve, many=many) as batches:
                    return await capture.run(batches, progress), capture.why


@asynccontextmanager
async def _batches(
    settings: KafkaSettings,
    client: Any,  # noqa: ANN401 - aiokafka has no types
    spans: Sequence[Span],
    sieve: Sieve,
    *,
    many: bool,
) -> AsyncGenerator[AsyncGenerator[Stretch]]:
    """Give the lines of all spans; where there may be `many`, by two processes."""
    here, apart = shared_out(spans) if many else (spans, [])
    if not apart:
        yield Source(client, here, sieve).batches()
        return
    async with read_apart(settings, apart) as lines:
        yield together([lines, Source(client, here, sieve).batches()] if here else [lines])


async def _draft(settings: KafkaSettings, topics: Sequence[str], sieve: Sieve) -> tuple[Draft, dict[str, int]]:
    names = {settings.topic_prefix + topic: topic for topic in topics}
    cluster = await look_at_cluster(settings, list(names))
    if missing := cluster.missing():
        raise Unusable(f"there is no topic {', '.join(missing)} on this cluster")
    counts = {topic: cluster.partition_counts[name] for name, topic in names.items()}
    policy = None if sieve.redaction is None else sieve.redaction.policy
    draft = Draft(
        made_by=f"ecflink {version('ecflink')}",
        cluster_id=cluster.cluster_id,
        redaction=policy,
        notes={} if sieve.canary is None else {"canary": NOT_SEARCHED},
        partition_counts=counts,
    )
    return draft, counts
