"""P8: no password, token or one-time code in clear in any topic, table, write-ahead log, log, mail or dump.

Checked by planted canaries. The one exception is the mail that carries a code to its owner.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from services.audit.canaries import Search
from services.audit.files import Unreadable, waldump_of
from services.audit.hunt import Grounds, Searched, in_files, in_mails, in_memory, in_tables, in_topics, in_wal
from services.audit.lines import EXAMPLE_COUNT_MAX, Line, Tally
from services.audit.settings import AuditSettings
from services.audit.snapshot import Snapshot


async def secrets(settings: AuditSettings, view: Snapshot, grounds: Grounds) -> Line:
    """Return P8. A place that cannot be read leaves the promise unaudited."""
    search = Search(grounds.canaries)
    compression = (await view.fetch("SHOW wal_compression"))[0][0]
    searched = [await in_topics(settings, search), await in_tables(view, search)]
    if grounds.mailbox is not None:
        searched.append(await in_mails(view, search, grounds.mailbox))
    unaudited = []
    for look in _looks(search, grounds, compressed=compression != "off"):
        try:
            # Files block: off the loop, so that the database hears from us.
            searched.append(await asyncio.to_thread(look))
            unaudited += _listed(searched[-1])
        except Unreadable as fault:
            unaudited.append(str(fault))
    return Line(
        "P8",
        f"{len(grounds.canaries)} canaries; " + ", ".join(f"{each.count:,} {each.unit}" for each in searched),
        Tally.violations(map(_tally, searched)),
        unchecked=_unchecked(grounds, compression),
        unaudited=tuple(unaudited),
    )


def _looks(search: Search, grounds: Grounds, *, compressed: bool) -> list[Callable[[], Searched]]:
    looks: list[Callable[[], Searched]] = []
    if grounds.wal is not None:
        looks.append(partial(in_wal, search, grounds.wal, grounds.waldump, compressed=compressed))
    if grounds.logs:
        looks.append(partial(in_files, search, "in a log file", grounds.logs))
    if grounds.dumps:
        looks.append(partial(in_files, search, "in a dump", grounds.dumps))
    if grounds.pids:
        looks.append(partial(in_memory, search, grounds.pids))
    return looks


def _listed(searched: Searched) -> list[str]:
    more = len(searched.unread) - EXAMPLE_COUNT_MAX
    told = searched.unread[:EXAMPLE_COUNT_MAX]
    return [*told, f"and {more:,} more {searched.unit} that could not be read"] if more > 0 else told


def _tally(searched: Searched) -> Tally:
    tally = Tally(f"secret in clear {searched.kind}")
    for found in searched.found:
        tally.add(f"{found.place} {found.canary.name}")
    return tally


def _unchecked(grounds: Grounds, compression: str) -> tuple[str, ...]:
    told = []
    if grounds.wal is None:
        told.append("the write-ahead log (no --wal)")
    elif compression != "off" and waldump_of(grounds.waldump) is None:
        told.append(f"compressed page images in the write-ahead log ({compression}; no pg_waldump)")
    if not grounds.logs:
        told.append("log files (no --logs)")
    if grounds.mailbox is None:
        told.append("mails (no MAILBOX)")
    if not grounds.dumps and not grounds.pids:
        told.append("memory (no --dumps, no --pids)")
    return tuple(told)
