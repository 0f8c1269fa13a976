"""`ecflink courts`: load the registry, look at it, take a court live. `courts-v1` is the one place that holds it."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Final

from cyclopts import App, Parameter

from services.contract.courts import Court
from services.contract.envelope import instant
from services.ops.registry import packaged, publish, published
from services.ops.screen import say, show, warn
from services.runtime.clock import now
from services.runtime.database import Connection, acquired, open_pool
from services.runtime.settings import DatabaseSettings, KafkaSettings, load

EXIT_USAGE: Final = 2
YEAR_MIN: Final = 2000
YEAR_MAX: Final = 2100
_COLUMNS: Final = ("court_id", "title", "type", "timezone", "live_at")
_NOT_LINKED: Final = """
SELECT count(*) FROM auth.cmecf_accounts AS a WHERE a.court_id = $1 AND NOT EXISTS (
    SELECT FROM auth.links AS l WHERE (l.court_id, l.cmecf_canonical) = (a.court_id, a.cmecf_canonical))"""

app = App(name="courts", help="The registry of courts, and their go-live.")

Json = Annotated[bool, Parameter(help="Print JSON.", negative=())]


class GoLiveSettings(DatabaseSettings, KafkaSettings):
    """Settings of `ecflink courts go-live`: Kafka, and a database role that may read auth's tables."""


@app.command(name="load")
def load_registry() -> int:
    """Publish the packaged registry; a go-live that was set stays as it is."""
    settings = load(KafkaSettings)
    changed, total = asyncio.run(_load(settings))
    say(f"{total} courts in the registry, {changed} published")
    return 0


async def _load(settings: KafkaSettings) -> tuple[int, int]:
    known = await published(settings)
    courts = [_merged(court, known.get(court.court_id)) for court in packaged().values()]
    changed = [court for court in courts if court != known.get(court.court_id)]
    await publish(settings, changed)
    return len(changed), len(courts)


def _merged(court: Court, known: Court | None) -> Court:
    return court.model_copy(update={"live_at": known.live_at if known else None})


@app.command(name="list")
def list_courts(
    *, live: Annotated[bool, Parameter(help="Only courts with a go-live.")] = False, json: Json = False
) -> int:
    """List the courts."""
    courts = asyncio.run(published(load(KafkaSettings))).values()
    rows = [_row(court) for court in sorted(courts, key=lambda court: court.court_id) if court.live_at or not live]
    show(rows, columns=_COLUMNS, json=json, empty="no court is published: run `ecflink courts load`")
    return 0


@app.command(name="show")
def show_court(court: str, /, *, json: Json = False) -> int:
    """Show what is known of one court."""
    found = asyncio.run(published(load(KafkaSettings))).get(court.upper())
    if found is None:
        return _unknown(court)
    row = _row(found)
    show([row], columns=list(row), json=json)
    return 0


@app.command(name="go-live")
def go_live(
    court: str,
    /,
    *,
    at: Annotated[str, Parameter(help="When, as 2026-11-30T06:00-07:00; now if not given.")] = "",
) -> int:
    """Set the instant from which a court's filers can link."""
    moment = now().replace(microsecond=0) if not at else _moment(at)
    if moment is None:
        warn(f"--at {at!r} is not a time with its offset, such as 2026-11-30T06:00-07:00 or 2026-11-30T13:00Z")
        return EXIT_USAGE
    return asyncio.run(_go_live(load(GoLiveSettings), court.upper(), moment))


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo and YEAR_MIN <= moment.year <= YEAR_MAX else None
    except (ValueError, OverflowError):
        return None


async def _go_live(settings: GoLiveSettings, court_id: str, moment: datetime) -> int:
    court = (await published(settings)).get(court_id)
    if court is None:
        return _unknown(court_id)
    pool = await open_pool(settings, size_max=1)
    try:
        await publish(settings, [court.model_copy(update={"live_at": moment})])
        say(f"{court.title} ({court_id}) is live from {instant(moment)}")
        if court.live_at is not None and court.live_at != moment:
            say(f"it was to be live from {instant(court.live_at)}")
        async with acquired(pool) as connection:
            say(await _left(connection, court_id))
    finally:
        await pool.close()
    return 0


async def _left(connection: Connection, court_id: str) -> str:
    count = await connection.fetchval(_NOT_LINKED, court_id)
    return f"{count} of its filers are not linked yet and have not been told: notices are not sent by this version"


def _row(court: Court) -> dict[str, object]:
    row = court.model_dump(mode="json")
    return row | {"live_at": court.live_at and instant(court.live_at)}


def _unknown(court_id: str) -> int:
    warn(
        f"no court {court_id!r} is published: `ecflink courts list` shows what is, `ecflink courts load` publishes all"
    )
    return EXIT_USAGE
