"""The audit in its order: fix the ends and the view, gather, then ask promise by promise.

The output topic's end is taken before the view of Postgres, so that nothing is read there that the view cannot know;
the ends that positions are held against are taken after it, as logs only grow.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from services.audit.buried import read_dead_letters
from services.audit.hunt import Grounds
from services.audit.ledger import read_ledger
from services.audit.letters import read_letters
from services.audit.lines import Line, Verdict
from services.audit.logs import COURTS, NOTICES, REQUESTS, TRANSACTIONS, ends, read_log
from services.audit.promises.deadletters import DEAD_LETTERS
from services.audit.promises.delivery import delivery
from services.audit.promises.links import LINKS
from services.audit.promises.ordering import ordering
from services.audit.promises.position import POSITION
from services.audit.promises.publication import PUBLICATION
from services.audit.promises.questions import ask
from services.audit.promises.received import received
from services.audit.promises.secrets import secrets
from services.audit.sent import read_sent
from services.audit.settings import AuditSettings
from services.audit.snapshot import Snapshot, snapshot


async def audit(
    settings: AuditSettings, *, sent: Path | None = None, mailbox: str | None = None, grounds: Grounds | None = None
) -> list[Line]:
    """Return one line per promise. `sent` is a producer's manifest, `mailbox` a Maildir or a Mailpit's URL.

    `grounds` says which planted secrets are hunted and where: without it there is no line for P8.
    Raises Halt where a topic, a table or the mailbox is missing, Transient where a server does not answer, BadManifest.
    """
    place = mailbox or settings.mailbox
    async with gathering(settings, sent=sent) as view:
        if place is not None:
            await read_letters(view, mailbox=place)
        scope = Scope(manifest=sent is not None, mailbox=place is not None)
        lines = await promises(view, scope)
        if grounds is not None:
            hunted = await secrets(settings, view, replace(grounds, mailbox=place))
            lines.insert(len(lines) - 1, hunted)
    return lines


class Scope(NamedTuple):
    """What was given to ask about. `others`: other producers than the manifest's are at work too, and are only told."""

    manifest: bool
    mailbox: bool
    others: bool = False


@asynccontextmanager
async def gathering(settings: AuditSettings, *, sent: Path | None = None) -> AsyncGenerator[Snapshot]:
    """Open the view for the time of a block, with the topics, the dead letters and the manifest laid out beside it."""
    published = (await ends(settings, TRANSACTIONS))[TRANSACTIONS.table]
    async with snapshot(settings) as view:
        await _gather(settings, view, published)
        if sent is not None:
            await read_sent(sent, view)
        yield view


async def promises(view: Snapshot, scope: Scope) -> list[Line]:
    """Read the ledger and return one line per promise but P8, once all else is laid out."""
    chain = await read_ledger(view)
    await view.gathered()
    return [
        await received(view, manifest=scope.manifest, others=scope.others),
        await ordering(view),
        await ask(LINKS, view),
        chain,
        await ask(PUBLICATION, view),
        await delivery(view, mailbox=scope.mailbox, others=scope.others),
        await ask(POSITION, view),
        await ask(DEAD_LETTERS, view),
    ]


def passes(lines: Sequence[Line]) -> bool:
    """Say whether every promise is clean. What is in flight or can no longer be checked does not fail an audit."""
    return all(line.verdict is Verdict.CLEAN for line in lines)


async def _gather(settings: AuditSettings, view: Snapshot, published: dict[int, int]) -> None:
    logs = (TRANSACTIONS, REQUESTS, COURTS, NOTICES)
    now = await ends(settings, *logs)
    for log in logs:
        until = published if log is TRANSACTIONS else now[log.table]
        await read_log(settings, log, view, until=until, log_ends=now[log.table])
    await read_dead_letters(view, prefix=settings.topic_prefix)
