"""`ecflink dead`: records that could not be read or decided, sending one again, and letting go of one that blocks."""

import asyncio
from base64 import b64decode
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import orjson
from cyclopts import App, Parameter

from services.contract.topics import LINK_REQUESTS
from services.ops.arguments import By, Count, Json, Number64, Text
from services.ops.inquiry import look_up
from services.ops.redrive import NotRedriven, RedriveSettings, close, redrive, release
from services.runtime.screen import say, show, warn
from services.runtime.settings import KafkaSettings, load

_COLUMNS: Final = ("service", "topic", "partition", "offset", "kind", "detail", "recorded_at", "redriven_at")
_BOTH: Final = """
SELECT * FROM (
SELECT 'linker' AS service, topic, partition, "offset", kind, detail, request_id, proof_key_id, recorded_at,
       redriven_at, redriven_by, closed_at, key, headers, value FROM linker.dead_letters
 UNION ALL
SELECT 'notifier', topic, partition, "offset", kind, detail, NULL, NULL, recorded_at, redriven_at, redriven_by,
       closed_at, key, headers, value FROM notifier.dead_letters) AS d"""
_LIST: Final = f"""{_BOTH}
 WHERE ($1::text IS NULL OR service = $1) AND ($2 OR closed_at IS NULL) ORDER BY recorded_at DESC LIMIT $3"""
_ONE: Final = f"""{_BOTH} WHERE topic = $1 AND partition = $2 AND "offset" = $3"""

app = App(name="dead", help="Records that could not be read or decided.")
Service = Literal["linker", "notifier"]


@app.command(name="list")
def list_letters(
    *,
    service: Service | None = None,
    every: Annotated[bool, Parameter(name="--all", help="Closed ones too.", negative=())] = False,
    count: Count = 50,
    json: Json = False,
) -> int:
    """List open dead letters, newest first.

    Parameters
    ----------
    service
        Only those of linker or notifier.
    """
    rows = look_up(_LIST, service, every, count)
    shown = [{name: row[name] for name in (*_COLUMNS, "request_id", "closed_at")} for row in rows]
    show(shown, columns=_COLUMNS, json=json, empty="no dead letter is open")
    return 0


@app.command(name="show")
def show_letter(topic: Text, partition: Number64, offset: Number64, /, *, json: Json = False) -> int:
    """Show one dead letter: why it is one, its key, headers and value."""
    rows = look_up(_ONE, _full(topic), partition, offset)
    if not rows:
        warn(f"no dead letter at {topic} {partition} {offset}: see `ecflink dead list --all`")
        return 1
    facts = _readable(rows[0])
    if json:
        show([facts], columns=(), json=True)
    else:
        show([{"field": name, "value": facts[name]} for name in facts], columns=("field", "value"), json=False)
    return 0


@app.command(name="redrive")
def redrive_letter(topic: Text, partition: Number64, offset: Number64, /, *, by: By) -> int:
    """Publish a dead letter's bytes again as a new record, once what was wrong is mended. Needs ecflink_linker."""
    return _done(redrive(load(RedriveSettings), (_full(topic), partition, offset), by=by))


@app.command(name="release")
def release_offset(topic: Text, partition: Number64, offset: Number64, /, *, by: By) -> int:
    """Let the linker pass a record whose proof names a key that nobody has: it becomes a dead letter."""
    return _done(release(load(RedriveSettings), (_full(topic), partition, offset), by=by))


@app.command(name="close")
def close_letter(topic: Text, partition: Number64, offset: Number64, /, *, by: By) -> int:
    """Close a dead letter that needs no more work: nothing is published, the row stays."""
    return _done(close(load(RedriveSettings), (_full(topic), partition, offset), by=by))


def _done(work: Any) -> int:  # noqa: ANN401 - a coroutine that returns a sentence
    try:
        say(asyncio.run(work))
    except NotRedriven as fault:
        warn(str(fault))
        return 1
    return 0


def _full(topic: str) -> str:
    """A topic's name on the broker; the deployment's prefix may be left out."""
    prefix = load(KafkaSettings).topic_prefix if topic == LINK_REQUESTS.name else ""
    return topic if topic.startswith(prefix) else prefix + topic


def _readable(row: Mapping[str, Any]) -> dict[str, object]:
    facts = dict(row)
    for name in ("key", "value"):
        facts[name] = None if row[name] is None else row[name].decode("utf-8", "backslashreplace")
    headers = orjson.loads(row["headers"])
    facts["headers"] = {
        name: None if text is None else b64decode(text).decode("utf-8", "backslashreplace") for name, text in headers
    }
    return facts
