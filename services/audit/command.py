"""`ecflink audit`: the promises, one line each. Exit code 0: all clean; 3: a violation, or something left unaudited."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import orjson
from cyclopts import Parameter
from cyclopts.validators import Number

from services.audit.audit import audit as run_audit
from services.audit.audit import passes
from services.audit.canaries import BadCanaries, read_canaries
from services.audit.hunt import Grounds
from services.audit.lines import Line
from services.audit.rest import at_rest
from services.audit.sent import BadManifest
from services.audit.settings import AuditSettings
from services.runtime.settings import load

EXIT_USAGE: Final = 2
EXIT_VIOLATED: Final = 3
WAIT_S_MAX: Final = 86_400


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Hunt:
    """What P8 hunts, and where.

    Parameters
    ----------
    canaries
        A file of secrets that were planted, one a line of 8 characters or more: passwords, seeds, codes, tokens. They
        are looked for in every topic and table and in what the next options name, and never printed.
    wal
        The folder of Postgres's write-ahead log (`pg_wal`).
    waldump
        The program pg_waldump, which opens compressed page images there; found on the PATH by itself.
    logs
        Folders of log files.
    dumps
        Folders of core files.
    pids
        Running processes whose memory is searched.
    """

    canaries: Path | None = None
    wal: Path | None = None
    waldump: str | None = None
    logs: Annotated[tuple[Path, ...], Parameter(negative=())] = ()
    dumps: Annotated[tuple[Path, ...], Parameter(negative=())] = ()
    pids: Annotated[tuple[int, ...], Parameter(negative=())] = ()

    def grounds(self) -> Grounds | None:
        """Return where to hunt; None where there is nothing to hunt for. Raises BadCanaries."""
        if self.canaries is None:
            if self != Hunt():
                raise BadCanaries("--wal, --logs, --dumps and --pids are searched for --canaries FILE: give that too")
            return None
        return Grounds(
            canaries=tuple(read_canaries(self.canaries)),
            wal=self.wal,
            waldump=self.waldump,
            logs=self.logs,
            dumps=self.dumps,
            pids=self.pids,
        )


_NO_HUNT: Final = Hunt()


def audit(
    *,
    sent: Path | None = None,
    mailbox: str | None = None,
    wait: Annotated[float, Parameter(validator=Number(gte=0, lte=WAIT_S_MAX))] = 0,
    json: Annotated[bool, Parameter(negative=())] = False,
    hunt: Hunt = _NO_HUNT,
) -> int:
    """Check the promises P1 to P9 over Kafka, Postgres and, where given, a mailbox; P8 where canaries are given.

    Parameters
    ----------
    sent
        A producer's manifest, JSON Lines of request_id and digest: without it, requests that did not come from the
        pages cannot be audited.
    mailbox
        Where mail lands: the folder of a Maildir, or the http(s) address of a Mailpit. Default: MAILBOX.
    wait
        Seconds to wait for work under way to finish first.
    json
        Print JSON instead of lines.
    """
    settings = load(AuditSettings)
    try:
        lines = asyncio.run(_audit(settings, sent=sent, mailbox=mailbox, wait_s=wait, grounds=hunt.grounds()))
    except (BadManifest, BadCanaries) as fault:
        sys.stderr.write(f"ecflink: {fault}\n")
        return EXIT_USAGE
    sys.stdout.write(_json(lines) if json else "".join(f"{line}\n" for line in lines))
    return 0 if passes(lines) else EXIT_VIOLATED


async def _audit(
    settings: AuditSettings, *, sent: Path | None, mailbox: str | None, wait_s: float, grounds: Grounds | None
) -> list[Line]:
    if wait_s and not await at_rest(settings, wait_s=wait_s):
        sys.stderr.write(f"still not at rest after {wait_s:g} s\n")
    return await run_audit(settings, sent=sent, mailbox=mailbox, grounds=grounds)


def _json(lines: Sequence[Line]) -> str:
    shown = [asdict(line) | {"verdict": line.verdict} for line in lines]
    return orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode() + "\n"
