"""`ecflink audit`: the promises, one line each. Exit code 0: all clean; 3: a violation, or something left unaudited."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import orjson
from cyclopts import Parameter
from cyclopts.validators import Number

from services.audit.audit import audit as run_audit
from services.audit.audit import passes
from services.audit.lines import Line
from services.audit.rest import at_rest
from services.audit.sent import BadManifest
from services.audit.settings import AuditSettings
from services.runtime.settings import load

EXIT_USAGE: Final = 2
EXIT_VIOLATED: Final = 3
WAIT_S_MAX: Final = 86_400


def audit(
    *,
    sent: Path | None = None,
    mailbox: str | None = None,
    wait: Annotated[float, Parameter(validator=Number(gte=0, lte=WAIT_S_MAX))] = 0,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Check the promises P1 to P7 and P9 over Kafka, Postgres and, where given, a mailbox.

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
        lines = asyncio.run(_audit(settings, sent=sent, mailbox=mailbox, wait_s=wait))
    except BadManifest as fault:
        sys.stderr.write(f"ecflink: {fault}\n")
        return EXIT_USAGE
    sys.stdout.write(_json(lines) if json else "".join(f"{line}\n" for line in lines))
    return 0 if passes(lines) else EXIT_VIOLATED


async def _audit(settings: AuditSettings, *, sent: Path | None, mailbox: str | None, wait_s: float) -> list[Line]:
    if wait_s and not await at_rest(settings, wait_s=wait_s):
        sys.stderr.write(f"still not at rest after {wait_s:g} s\n")
    return await run_audit(settings, sent=sent, mailbox=mailbox)


def _json(lines: Sequence[Line]) -> str:
    shown = [asdict(line) | {"verdict": line.verdict} for line in lines]
    return orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode() + "\n"
