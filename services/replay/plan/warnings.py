"""What one should know before playing a recording so. Each warning is a sentence that says what happens and what to do.

Pure: told from the forecast's figures, in the order of how much harm they do.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from services.contract.topics import AUTH_THROTTLES, LINK_REQUESTS, LINK_TRANSACTIONS, MAIL_DELIVERIES, TOPICS, Keep
from services.replay.plan.fields import Fields
from services.replay.plan.foretold import Forecast
from services.replay.plan.paces import Original, Step
from services.replay.plan.survey import Survey
from services.replay.recording.manifest import Manifest

SEND_PER_S_PER_WORKER: Final = 30_000
"""What one worker surely sends in a second on one core of an ordinary server."""
RECORD_BYTES_MAX: Final = 900 * 1024
"""The largest record that a batch of our client takes; a broker's own limit is 1 MiB unless it was changed."""
_RETENTION_MS: Final = 30 * 86_400_000
_AHEAD_S: Final = 60
_ONLY_THEIRS: Final = (LINK_TRANSACTIONS.name, MAIL_DELIVERIES.name, AUTH_THROTTLES.name)


class Facts(NamedTuple):
    """What is known beside the choices. `known_key_ids` is None where nobody said which proof keys the linker has."""

    manifest: Manifest
    partitions: dict[str, int]
    known_key_ids: Collection[str] | None
    workers: int
    fields: Sequence[Fields]


def warnings(plan: Forecast, facts: Facts, survey: Survey) -> Iterator[str]:
    """Yield the warnings of a plan."""
    yield from _keys(plan, facts)
    yield from _places(plan, facts)
    yield from _speed(plan, facts)
    yield from _times(plan, survey, facts)
    yield from _contents(plan, facts, survey)
    yield from _amounts(plan)


def _keys(plan: Forecast, facts: Facts) -> Iterator[str]:
    if plan.choices.ids == "keep" and plan.proofs_signed:
        yield (
            f"{plan.proofs_signed:,} link requests have no proof in the recording: they are signed with the profile's "
            "rehearsal key, and `run` refuses where the profile names none or the linker does not rehearse"
        )
    for key, count in plan.proofs_kept.items():
        if facts.known_key_ids is None:
            yield (
                f"{count:,} kept proofs are of key {key!r}: a linker that lacks it waits there, with all that comes "
                "after. Name the keys that it has by --known-key"
            )
        elif key not in facts.known_key_ids:
            known = ", ".join(sorted(facts.known_key_ids))
            yield (
                f"{count:,} kept proofs are of key {key!r}, which is none of the known ones ({known}): if it was "
                "rotated out, the linker waits at the first of them. Give it that key again, or use --ids mint"
            )


def _places(plan: Forecast, facts: Facts) -> Iterator[str]:
    for recorded, target in plan.choices.topics.items():
        held = facts.manifest.topics.get(recorded)
        if held is None or not held.count:
            yield f"the recording holds no record of {recorded}"
            continue
        there = facts.partitions[target]
        if held.partition_count == there:
            continue
        if plan.choices.spread == "preserve" and target == LINK_REQUESTS.name:
            yield (
                f"{recorded} had {held.partition_count} partitions, {target} has {there}: with --spread preserve "
                "records stand in another partition than their key's and become dead letters. Use --spread key"
            )
        else:
            yield f"{recorded} had {held.partition_count} partitions, {target} has {there}: keys meet in other ones"
    for name, count in plan.left_out.items():
        yield f"{count:,} records of {name} are left out; --topic {name} plays them too"
    for target in dict.fromkeys(plan.choices.topics.values()):
        if target in _ONLY_THEIRS:
            yield f"{target} is written by one service alone: its readers may stop at records of anyone else"


def _speed(plan: Forecast, facts: Facts) -> Iterator[str]:
    can = facts.workers * SEND_PER_S_PER_WORKER
    if plan.peak_per_s is not None and plan.peak_per_s > can:
        needed = -(-plan.peak_per_s // SEND_PER_S_PER_WORKER)
        yield (
            f"the peak of {plan.peak_per_s:,}/s is beyond what is certain for {facts.workers} worker "
            f"({can:,}/s): use --workers {needed}, and as many cores"
        )
    if plan.value_bytes_max > RECORD_BYTES_MAX:
        yield (
            f"the largest value has {plan.value_bytes_max:,} bytes: more than a batch of {RECORD_BYTES_MAX:,} takes; "
            "such records count as failed"
        )


def _times(plan: Forecast, survey: Survey, facts: Facts) -> Iterator[str]:
    choices = plan.choices
    if survey.now_live:
        yield (
            f"{survey.now_live:,} requests came before their court's go-live in the recording and come after it now: "
            "what was refused is linked. --time-field court_live_at moves the go-live along"
        )
    if survey.not_live:
        yield (
            f"{survey.not_live:,} requests come before their court's go-live now (court_live_at is after the moved "
            "time) and are refused. --time-field court_live_at moves the go-live along"
        )
    if choices.times == "original" and plan.shift_s * 1000 > _RETENTION_MS and _kept_30_days(plan):
        yield "the original times are older than the 30 days that the topic keeps: the broker may delete records unread"
    span_s = ((facts.manifest.last_ms or 0) - (facts.manifest.first_ms or 0)) / 1000
    if choices.times == "shift" and choices.ids == "mint" and _ahead_s(plan, span_s) > _AHEAD_S:
        yield (
            f"the replay is quicker than the recording: times in values run ahead of the clock by up to "
            f"{_ahead_s(plan, span_s):,.0f} s. --times now takes the sending instants"
        )


def _kept_30_days(plan: Forecast) -> bool:
    kept = {topic.name for topic in TOPICS if topic.keep is Keep.DAYS_30}
    return any(target in kept for target in plan.choices.topics.values())


def _ahead_s(plan: Forecast, span_s: float) -> float:
    return span_s - (plan.duration_s or 0.0) / max(1, plan.loops)


def _contents(plan: Forecast, facts: Facts, survey: Survey) -> Iterator[str]:
    if plan.as_it_is:
        yield f"{plan.as_it_is:,} link requests have no readable request id: they are sent as they are"
    if plan.choices.ids == "mint" and survey.sealed:
        yield f"{survey.sealed:,} sealed codes belong to the old ids: the notifier cannot open them and holds them"
    for fields in facts.fields:
        for each in [*fields.ids, *fields.times]:
            if each.refused:
                what = "UUID" if each in fields.ids else "time"
                yield f"{each.refused:,} values of {each.name} are no {what}: they stay as they are"


def _amounts(plan: Forecast) -> Iterator[str]:
    choices = plan.choices
    asked = plan.played * choices.loops
    if not plan.count:
        yield "nothing is sent: the timeline ends before the first record"
    if isinstance(choices.pace, Step):
        wanted = sum(level.per_s * level.for_s for level in choices.pace.levels)
        if plan.count < asked and choices.for_s is None:
            yield f"the levels end after {plan.count:,} records; {asked - plan.count:,} are not sent"
        elif asked < int(wanted):
            yield f"the levels want {int(wanted):,} records and there are {asked:,}: use more --loops"
    if plan.loops > 1 and LINK_REQUESTS.name in choices.topics.values():
        yield (
            "from the second loop on the same ids come again: a linker skips them (a duplicate storm)"
            if choices.ids == "keep"
            else "from the second loop on the same accounts ask again: a linker answers that they are linked already"
        )
    if isinstance(choices.pace, Original) and plan.duration_s == 0 and plan.count > 1:
        yield "all records have one and the same time: they go at once. Give a --rate"
