"""The findings of an inspection as text for a terminal or a log."""

from collections.abc import Iterator
from datetime import UTC, datetime

from services.replay.inspection.duplicates import Twins
from services.replay.inspection.inspecting import Findings
from services.replay.inspection.rates import plotted
from services.replay.inspection.validity import Validity


def told(findings: Findings) -> Iterator[str]:
    """Yield the lines that come before and after the tables."""
    manifest, rates = findings.manifest, findings.rates
    yield f"{manifest.count:,} records, {manifest.body_bytes:,} bytes, SHA-256 {manifest.body_sha256} (verified)"
    yield f"made by {manifest.made_by}; cluster {manifest.cluster_id or 'unknown'}; {_redaction(manifest.redaction)}"
    yield from (f"note: {name}: {text}" for name, text in sorted(manifest.notes.items()))
    if manifest.first_ms is not None and manifest.last_ms is not None:
        yield f"from {moment(manifest.first_ms)} to {moment(manifest.last_ms)}"
        yield ""
        peak = "" if rates.peak_at_ms is None else f", peak {rates.peak_per_s:,.1f}/s at {moment(rates.peak_at_ms)}"
        yield f"records per second over {rates.duration_s:,.1f} s: mean {rates.mean_per_s:,.1f}/s{peak}"
        yield from plotted(rates.plot_per_s)


def _redaction(redaction: str | None) -> str:
    return f"redacted: {redaction}" if redaction else "not redacted: it may hold people's data"


def remarks(findings: Findings) -> Iterator[str]:
    """Yield what is odd, one line each, and what is in order where nothing is."""
    sizes = ", ".join(f"{name} {count:,}" for name, count in findings.sizes.percentiles_bytes.items())
    yield f"value bytes: {sizes}, largest {findings.sizes.largest_bytes:,}"
    keys = findings.keys
    yield f"keys: about {keys.about_distinct:,}; {keys.without_key:,} records without"
    for pause in findings.pauses[:3]:
        yield f"pause: {(pause.to_ms - pause.from_ms) / 1000:,.3f} s from {moment(pause.from_ms)}"
    missing = sum(place.missing for place in findings.places)
    yield f"offsets missing: {missing:,}" + (f" (first: {_first_gap(findings)})" if missing else "")
    yield f"offsets that go backwards: {sum(place.backwards for place in findings.places):,}"
    yield f"times earlier than the record before: {sum(place.earlier for place in findings.places):,}"
    yield _twins("ids", findings.same_ids)
    yield _twins("values", findings.same_values)
    for each in findings.validity:
        yield from _validity(each)
    yield from (f"{topic}: not of the contract, values not checked" for topic in findings.unknown_topics)


def _first_gap(findings: Findings) -> str:
    place = next(place for place in findings.places if place.gaps)
    return f"{place.topic}/{place.partition} from {place.gaps[0].first_missing}, {place.gaps[0].count:,} of them"


def _twins(what: str, twins: Twins) -> str:
    if not twins.count:
        return f"{what} that stand twice: 0"
    shown = "; ".join("lines " + " and ".join(map(str, lines)) for lines in twins.lines[:3])
    return f"{what} that stand twice: {twins.count:,} ({shown})"


def _validity(validity: Validity) -> Iterator[str]:
    yield f"{validity.topic}: {validity.valid:,} values are valid, {validity.invalid:,} are not, {validity.null:,} null"
    for fault in validity.faults[:3]:
        yield f"  line {fault.line}: {fault.field}: {fault.what}"


def moment(time_ms: int) -> str:
    """Return a time as RFC 3339 in UTC, to the millisecond."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
