"""`ecflink courts`: load the registry, look at it, take a court live. `courts-v1` is the one place that holds it."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Final, NamedTuple

from cyclopts import App, Parameter

from services.auth.notices import announcements
from services.contract.courts import Court
from services.contract.envelope import instant
from services.ops.arguments import Count
from services.ops.inquiry import ask
from services.ops.registry import packaged, publish, published
from services.runtime.clock import now
from services.runtime.database import connecting
from services.runtime.screen import say, show, warn
from services.runtime.settings import DatabaseSettings, KafkaSettings, load

EXIT_USAGE: Final = 2
YEAR_MIN: Final = 2000
YEAR_MAX: Final = 2100
_COLUMNS: Final = ("court_id", "title", "type", "timezone", "live_at")
WAIT_POLL_S: Final = 1.0
_TOLD_COLUMNS: Final = ("court_id", "live_at", "told", "left_to_tell", "without_address", "finished_at")

app = App(name="courts", help="The registry of courts, and their go-live.")

Json = Annotated[bool, Parameter(help="Print JSON.", negative=())]


class GoLiveSettings(DatabaseSettings, KafkaSettings):
    """Settings of `ecflink courts go-live`: Kafka, and the database as ecflink_auth."""


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
    old_way_until: Annotated[
        str, Parameter(help="Until when filers may file with their CM/ECF login alone; told in the mail.")
    ] = "",
    tell: Annotated[bool, Parameter(help="Tell every filer who is not linked by mail, once the court is live.")] = True,
    wait: Annotated[bool, Parameter(help="Stay until they are told.", negative=())] = False,
) -> int:
    """Set the instant from which a court's filers can link, and tell them. Auth must run for the telling."""
    moments = [now().replace(microsecond=0) if not at else _moment(at), _moment(old_way_until)]
    for name, text, moment in zip(("--at", "--old-way-until"), (at, old_way_until), moments, strict=True):
        if text and moment is None:
            warn(f"{name} {text!r} is not a time with its offset, such as 2026-11-30T06:00-07:00 or 2026-11-30T13:00Z")
            return EXIT_USAGE
    live_at, until = moments
    assert live_at is not None, "a time that cannot be read was told above"
    if until is not None and (until <= live_at or not tell):
        warn("--old-way-until is a time after the go-live, and told to filers: it does not go with --no-tell")
        return EXIT_USAGE
    return asyncio.run(_go_live(load(GoLiveSettings), court.upper(), GoLive(live_at, until, tell=tell, wait=wait)))


@app.command(name="told")
def told(
    court: str,
    /,
    *,
    list_: Annotated[
        bool, Parameter(name="--list", help="List those for whom nobody gave an address.", negative=())
    ] = False,
    count: Count = 1_000,
    json: Json = False,
) -> int:
    """Show how far the telling of a court's filers is, and who cannot be told for want of an address."""
    if list_:
        rows = ask(lambda connection: announcements.without_address(connection, court.upper(), count))
        show(rows, columns=("login", "name"), json=json, empty="every filer who is not linked has an address")
        return 0
    progress = ask(lambda connection: announcements.progress(connection, court.upper()))
    row = {"court_id": court.upper()} | {
        name: instant(value) if isinstance(value, datetime) else value for name, value in progress._asdict().items()
    }
    show([row], columns=_TOLD_COLUMNS, json=json)
    if progress.asked_at is None:
        warn(f"nobody is being told: `ecflink courts go-live {court.upper()}` orders it")
    return 0


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo and YEAR_MIN <= moment.year <= YEAR_MAX else None
    except (ValueError, OverflowError):
        return None


class GoLive(NamedTuple):
    """What is ordered with a go-live."""

    live_at: datetime
    old_way_until: datetime | None
    tell: bool
    wait: bool


async def _go_live(settings: GoLiveSettings, court_id: str, order: GoLive) -> int:
    court = (await published(settings)).get(court_id)
    if court is None:
        return _unknown(court_id)
    async with connecting(settings) as connection:
        await publish(settings, [court.model_copy(update={"live_at": order.live_at})])
        say(f"{court.title} ({court_id}) is live from {instant(order.live_at)}")
        if court.live_at is not None and court.live_at != order.live_at:
            say(f"it was to be live from {instant(court.live_at)}")
        if order.tell:
            await announcements.order(connection, court_id, order.live_at, order.old_way_until, now())
        elif await announcements.withdraw(connection, court_id):
            say("those of its filers who are not told yet will not be")
        progress = await announcements.progress(connection, court_id)
        say(_left(progress, court_id, tell=order.tell))
        while order.tell and order.wait and progress.finished_at is None:
            await asyncio.sleep(WAIT_POLL_S)
            before, progress = progress, await announcements.progress(connection, court_id)
            if progress.told != before.told or progress.finished_at is not None:
                say(f"{progress.told} told, {progress.left_to_tell} left")
    return 0


def _left(progress: announcements.Progress, court_id: str, *, tell: bool) -> str:
    will = "will be told by mail once it is live" if tell else "are not told"
    said = [
        f"{progress.left_to_tell + progress.without_address} of its filers are not linked yet and have not been told"
    ]
    said.append(f"{progress.left_to_tell} of them {will}")
    if progress.without_address:
        said.append(f"{progress.without_address} have no address: `ecflink courts told {court_id} --list`")
    if progress.told:
        said.append(f"{progress.told} were told before and are not told again")
    return "; ".join(said)


def _row(court: Court) -> dict[str, object]:
    row = court.model_dump(mode="json")
    return row | {"live_at": court.live_at and instant(court.live_at)}


def _unknown(court_id: str) -> int:
    warn(
        f"no court {court_id!r} is published: `ecflink courts list` shows what is, `ecflink courts load` publishes all"
    )
    return EXIT_USAGE
