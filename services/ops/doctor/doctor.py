"""`ecflink doctor`: all that can be looked at from here, each fault with what mends it. Exit code 1 on any error."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Final

from cyclopts import Parameter
from pydantic import Field

from services.notifier.settings import SmtpSettings
from services.ops.arguments import Json
from services.ops.doctor.findings import Finding, Level, error, examined
from services.ops.doctor.kafka import look_at_kafka
from services.ops.doctor.models import look_at_files, look_at_settings
from services.ops.doctor.outside import look_at_mail_server, look_at_pages
from services.ops.doctor.postgres import look_at_postgres
from services.ops.doctor.proofs import look_at_proof_keys
from services.ops.keys import KeysSettings
from services.ops.roles import ROLES
from services.runtime.database import connecting
from services.runtime.faults import Halt, Transient
from services.runtime.screen import show, warn
from services.runtime.settings import DatabaseSettings, KafkaSettings, RoleSettings, SettingsFault, load
from services.runtime.topology import Shape

_COLUMNS: Final = ("part", "level", "finding", "fix")
_PARTITION_COUNT: Final = "SELECT max(partition_count) FROM linker.position"


class DoctorSettings(RoleSettings):
    """What topics should look like where Postgres does not say so yet."""

    topic_partitions: int = Field(6, ge=1, le=1000, description="Partitions of each topic.")
    topic_replication_factor: int = Field(1, ge=1, le=5, description="Copies of each.")


def doctor(
    *,
    role: Annotated[list[str] | None, Parameter(help="Check this role's settings too; may be repeated.")] = None,
    url: Annotated[str | None, Parameter(help="Where auth serves its pages. Default: PUBLIC_URL.")] = None,
    json: Json = False,
) -> int:
    """Check settings, servers, topics, migrations and clocks from here, and say what mends each fault."""
    known = [each.command for each in ROLES]
    strange = [name for name in role or () if name not in known]
    if strange:
        warn(f"no role {strange[0]!r}: there are {', '.join(known)}")
        return 2
    findings = asyncio.run(_examine(role or (), url or os.environ.get("PUBLIC_URL")))
    show([asdict(finding) for finding in findings], columns=_COLUMNS, json=json)
    return 1 if any(finding.level is Level.ERROR for finding in findings) else 0


async def _examine(roles: Sequence[str], url: str | None) -> list[Finding]:
    found = [*look_at_settings(roles), *look_at_files()]
    database = _loaded(DatabaseSettings, found)
    kafka = _loaded(KafkaSettings, found)
    if database is not None:
        fix = "start Postgres; check DATABASE_URL and DATABASE_PASSWORD"
        found += await examined("Postgres", lambda: look_at_postgres(database), fix=fix)
    if kafka is not None:
        shape = await _shape(database)
        fix = "start Kafka; check KAFKA_BOOTSTRAP_SERVERS and the other KAFKA_ settings"
        found += await examined("Kafka", lambda: look_at_kafka(kafka, shape), fix=fix)
    if "PROOF_KEYS" in os.environ or "PROOF_KEYS_FILE" in os.environ:
        keys = _loaded(KeysSettings, found)
        if keys is not None:
            found += await examined("proof keys", lambda: look_at_proof_keys(keys), fix="mend the servers first")
    if "SMTP_HOST" in os.environ:
        smtp = _loaded(SmtpSettings, found)
        found += [] if smtp is None else await look_at_mail_server(smtp)
    return found if url is None else [*found, *await look_at_pages(url)]


def _loaded[Model: RoleSettings](model: type[Model], found: list[Finding]) -> Model | None:
    """Load what a look needs; faults that were not told yet are told."""
    try:
        return load(model)
    except SettingsFault as faults:
        told = {finding.finding for finding in found}
        fix = "see docs/configuration.md"
        found += [error("settings", fault, fix) for fault in str(faults).splitlines() if fault not in told]
        return None


async def _shape(database: DatabaseSettings | None) -> Shape:
    """The number of partitions that the linker was set up with, where it is known, counts more than the setting."""
    settings = load(DoctorSettings)
    count = None
    if database is not None:
        try:
            async with connecting(database) as connection:
                count = await connection.fetchval(_PARTITION_COUNT)
        except (Transient, Halt):
            count = None  # told by the look at Postgres
    return Shape(count or settings.topic_partitions, settings.topic_replication_factor)
