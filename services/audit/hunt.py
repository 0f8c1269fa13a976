"""Where canaries are hunted: every topic, every table, and what is given of write-ahead log, logs, mails and memory."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from services.audit.canaries import Canary, Search
from services.audit.files import Unreadable, content, full_pages, memory, payload, segments, under, waldump_of
from services.audit.logs import moving
from services.audit.mailbox import mails, message_id
from services.audit.settings import AuditSettings
from services.audit.snapshot import Snapshot
from services.contract.topics import TOPICS
from services.runtime.kafka import admin, translated
from services.runtime.read import Record, reading

_OWN_STREAMS: Final = "ecflink-"
_TABLES: Final = """
SELECT format('%I.%I', n.nspname, c.relname) AS name,
       coalesce(array_agg(format('t.%I', a.attname)) FILTER (WHERE a.atttypid = 'bytea'::regtype), '{}') AS binary
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p')
   AND (n.nspname = ANY('{auth,linker,notifier}') OR (n.nspname, c.relname) = ('public', 'migrations'))
 GROUP BY 1 ORDER BY 1"""
# The one exception: the mail that carries a code to its owner.
_CODE_MAILS: Final = "SELECT message_id FROM notifier.deliveries WHERE sealed"


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """What is searched beside topics and tables; what is not given is told as not checked."""

    canaries: tuple[Canary, ...]
    wal: Path | None = None
    waldump: str | None = None
    logs: tuple[Path, ...] = ()
    mailbox: str | None = None
    dumps: tuple[Path, ...] = ()
    pids: tuple[int, ...] = ()


class Found(NamedTuple):
    """A place, and a canary that stands in it."""

    place: str
    canary: Canary


@dataclass
class Searched:
    """One kind of place: how many units of it were searched, what was found, and what could not be read."""

    kind: str
    unit: str
    count: int = 0
    found: list[Found] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def add(self, place: str, canaries: Iterable[Canary]) -> None:
        """Note a unit and what stands in it."""
        self.count += 1
        self.found += [Found(place, canary) for canary in canaries]


async def in_topics(settings: AuditSettings, search: Search) -> Searched:
    """Search key, headers and value of every record of our topics, the state of streams too."""
    searched = Searched("in a topic", "records")
    for topic, partitions in (await _topics(settings)).items():
        for partition in range(partitions):
            async for record in _records(settings, topic, partition):
                searched.add(f"{topic} {partition}:{record.offset}", search.within(_bytes_of(record)))
    return searched


async def _topics(settings: AuditSettings) -> dict[str, int]:
    prefix = settings.topic_prefix
    known = {topic.named(prefix) for topic in TOPICS}
    async with admin(settings) as client:
        with translated():
            names = [
                name
                for name in await client.list_topics()
                if name in known or name.startswith(prefix + _OWN_STREAMS) or (prefix and name.startswith(prefix))
            ]
            return {each["topic"]: len(each["partitions"]) for each in await client.describe_topics(sorted(names))}


async def _records(settings: AuditSettings, topic: str, partition: int) -> AsyncIterator[Record]:
    async with reading(settings, topic, partition) as reader:
        bounds = await reader.bounds()
        reader.seek(bounds.start)
        async for records in moving(reader.until(bounds.end), f"{topic} partition {partition}"):
            for record in records:
                yield record


def _bytes_of(record: Record) -> bytes:
    headers = (part or b"" for name, value in record.headers for part in (name.encode("utf-8", "replace"), value))
    return b"\x00".join((record.key or b"", record.value or b"", *headers))


async def in_tables(view: Snapshot, search: Search) -> Searched:
    """Search every row of every table, as text and, of binary columns, as they are."""
    searched = Searched("in a table", "rows")
    for table in await view.fetch(_TABLES):
        binary = ", ".join(table["binary"])
        query = f"SELECT t::text AS text, ARRAY[{binary}]::bytea[] AS bytes FROM {table['name']} AS t"  # noqa: S608 - names that the catalogue quoted
        async for block in view.rows(query):
            for row in block:
                whole = b"\x00".join((row["text"].encode(), *(part or b"" for part in row["bytes"])))
                searched.add(table["name"], search.within(whole))
    return searched


async def in_mails(view: Snapshot, search: Search, mailbox: str) -> Searched:
    """Search every mail. A code may stand in the mail that the notifier sealed."""
    allowed = {row["message_id"] for row in await view.fetch(_CODE_MAILS)}

    def look() -> Searched:
        searched = Searched("in a mail", "mails")
        for mail in mails(mailbox):
            own = message_id(mail) in allowed
            searched.add(message_id(mail) or "?", [each for each in search.within(mail) if not (own and each.is_code)])
        return searched

    return await asyncio.to_thread(look)


def in_wal(search: Search, folder: Path, waldump: str | None, *, compressed: bool) -> Searched:
    """Search the write-ahead log's pages, and where Postgres compresses images of table pages, those opened too."""
    searched = Searched("in the write-ahead log", "segments")
    for path in segments(folder):
        searched.add(path.name, search.through(payload(path)))
    program = waldump_of(waldump)
    if compressed and program is not None:
        searched.found += [Found("page image", canary) for canary in search.through(full_pages(folder, program))]
    return searched


def in_files(search: Search, kind: str, folders: Iterable[Path]) -> Searched:
    """Search every file under some folders. One that cannot be read keeps the others from nothing."""
    searched = Searched(kind, "files")
    for folder in folders:
        for path in under(folder):
            try:
                searched.add(str(path.relative_to(folder)), search.through(content(path)))
            except Unreadable as fault:
                searched.unread.append(str(fault))
    return searched


def in_memory(search: Search, pids: Iterable[int]) -> Searched:
    """Search the memory of running processes."""
    searched = Searched("in a process's memory", "processes")
    for pid in pids:
        searched.add(f"process {pid}", search.through(memory(pid)))
    return searched
