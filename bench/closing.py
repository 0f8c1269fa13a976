"""The end of every benchmark: the audit of what it did. A figure whose run is not clean is no figure."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from bench.stage import Stage
from services.audit.audit import audit, passes
from services.audit.rest import at_rest
from services.audit.settings import AuditSettings

REST_S_MAX: Final = 60.0


class NotClean(Exception):
    """The audit found something: the message holds its lines."""


async def audited(
    made: Stage, *, sent: Path | None = None, promises: Collection[str] = (), rest_s: float = 0.0
) -> None:
    """Audit a stage and print the lines. Raises NotClean.

    `sent` is the manifest of the requests that the benchmark made, `promises` those to hold it to (default: all),
    `rest_s` how long to wait for work under way first.
    """
    reader = made.database("reader")
    settings = AuditSettings(
        kafka_bootstrap_servers=made.bootstrap,
        database_url=reader["DATABASE_URL"],
        database_password=SecretStr(reader["DATABASE_PASSWORD"]),
    )
    if rest_s and not await at_rest(settings, wait_s=rest_s):
        raise NotClean(f"still not at rest after {rest_s:g} s")
    lines = [line for line in await audit(settings, sent=sent) if not promises or line.promise in promises]
    told = "\n".join(f"  {line}" for line in lines)
    if not passes(lines):
        raise NotClean(f"the audit is not clean:\n{told}")
    print(f"audit: {', '.join(line.promise for line in lines)} clean", flush=True)
    unfinished = [f"  {line}" for line in lines if line.in_flight]
    if unfinished:
        print("\n".join(unfinished), flush=True)
