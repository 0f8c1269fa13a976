"""The report as one HTML file: no script, nothing fetched from anywhere, everything that comes from a run escaped."""

import base64
from typing import Any, Final

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.replay.measure.results import Conditions, RunResult
from services.replay.report import promises, repeating, story, words
from services.replay.report.durations import FILE_NAME
from services.replay.report.evidence import Evidence
from services.replay.report.pictures import percentile_picture, time_pictures
from services.replay.report.tables import histogram_table, times_table

LOG_BYTES_MAX: Final = 4 * 2**20
"""A longer log is not put into the page: it lies beside it, and its digest stands in the page."""


def environment() -> Environment:
    """Return the templates of this package. What comes from a run is escaped; a name without a value is an error."""
    return Environment(
        loader=PackageLoader("services.replay.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(run: Evidence) -> str:
    """Return the report."""
    result = run.result
    return (
        environment()
        .get_template("report.html")
        .render(
            result=result,
            words=words,
            headline=story.headline(result),
            done=list(story.what_was_done(result)),
            came=list(story.what_came_of_it(result)),
            audited=story.audited(result),
            threshold=story.threshold,
            trusted=list(story.can_be_trusted(result)),
            journey=journey(result),
            times=times_table(result),
            percentiles=percentile_picture(run),
            over_time=time_pictures(run),
            histogram=histogram_table(run),
            promises=list(promises.promises(result.audit)),
            conditions=condition_rows(result.conditions),
            digests=run.digests,
            command=repeating.command(result),
            log=_log(run),
        )
    )


def journey(result: RunResult) -> list[tuple[str, int, int]]:
    """Return how many requests came how far: the name of the step, the count, and how many were expected there."""
    counts = result.counts
    steps = [("Offered", counts.offered, counts.offered), ("Sent in time", counts.sent_in_time, counts.offered)]
    steps += [
        (words.STAGE_NAMES[stage], story.came_to(result, stage), figures.expected)
        for stage, figures in result.stages.items()
    ]
    return [*steps, ("Failed", counts.failed, counts.offered)]


def condition_rows(conditions: Conditions) -> list[tuple[str, str]]:
    """Return the conditions of a run as names and values, in the order in which they are read."""
    shown: list[tuple[str, Any]] = [
        ("Run", conditions.run_id),
        ("Started", words.moment(conditions.started_at)),
        ("Ended", words.moment(conditions.ended_at)),
        ("Recording", conditions.recording),
        ("Recording's SHA-256", conditions.recording_sha256),
        ("Seed", conditions.seed),
        ("Generator's host", conditions.host),
        ("Cores", conditions.cores or None),
        ("Sending processes", conditions.workers),
        ("Cluster", conditions.cluster_id),
        ("Partitions", ", ".join(f"{topic}: {count}" for topic, count in sorted(conditions.partitions.items()))),
        ("Configuration's hash", conditions.configuration_hash),
        ("Versions", ", ".join(f"{name} {version}" for name, version in sorted(conditions.versions.items()))),
        ("Asked for", orjson.dumps(conditions.choices, default=str).decode() if conditions.choices else None),
        *sorted(conditions.notes.items()),
    ]
    return [(name, str(value)) for name, value in shown if value not in {None, ""}]


def _log(run: Evidence) -> str | None:
    """Return the histogram log as an address that holds it, so that the page alone keeps every count."""
    content = (run.folder / FILE_NAME).read_bytes()
    if len(content) > LOG_BYTES_MAX:
        return None
    return "data:text/plain;base64," + base64.b64encode(content).decode("ascii")
