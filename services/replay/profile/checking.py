"""Looks at each part of a profile's deployment: what answers, what is missing, and what a replay would lack."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import httpx

from services.audit.mailbox import mails
from services.replay.outcome import Unusable
from services.replay.profile.cluster import Cluster, look_at_cluster
from services.replay.profile.profile import Profile
from services.runtime.database import connecting
from services.runtime.faults import Halt, Transient
from services.runtime.settings import DatabaseSettings, SettingsFault

ANSWER_S_MAX: Final = 5.0
OK: Final = "ok"
WARNING: Final = "warning"
ERROR: Final = "error"
_READER: Final = """
SELECT current_user AS login, has_table_privilege('linker.ledger', 'SELECT') AS reads,
       has_table_privilege('linker.ledger', 'INSERT') AS writes"""


class Finding(NamedTuple):
    """One thing looked at. Only an error keeps a profile from being of use."""

    part: str
    level: str
    finding: str


async def findings(profile: Profile) -> tuple[Cluster | None, list[Finding]]:
    """Look at everything that the profile names. Returns the cluster, where it answered, and what was found."""
    cluster: list[Cluster] = []
    looks: dict[str, Callable[[], Awaitable[list[Finding]]]] = {
        "Kafka": lambda: _kafka(profile, cluster),
        "ledger": lambda: _ledger(profile.database_settings()),
        "mailbox": lambda: _mailbox(profile),
        "front door": lambda: _front_door(profile),
        "key": lambda: _key(profile),
    }
    looks |= {role: lambda role=role, url=url: _ready(role, url) for role, url in profile.readyz.items()}  # type: ignore[misc]
    found = [finding for part, look in looks.items() for finding in await _looked(part, look)]
    return next(iter(cluster), None), found


async def rehearsal_is_off(profile: Profile) -> bool:
    """Say whether the linker tells at its readiness address that it honours no rehearsal key.

    A linker that does not answer, or is not ready, may be just what is to be tested.
    """
    url = profile.readyz.get("linker")
    if url is None:
        return False
    try:
        _, about = await _told(url)
    except (httpx.HTTPError, ValueError):
        return False
    return about.get("rehearsal") is False


async def _looked(part: str, look: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    try:
        return await look()
    except (Transient, Halt, Unusable, SettingsFault, httpx.HTTPError) as trouble:
        return [Finding(part, ERROR, str(trouble) or repr(trouble))]


async def _kafka(profile: Profile, into: list[Cluster]) -> list[Finding]:
    cluster = await look_at_cluster(profile.kafka_settings())
    into.append(cluster)
    found = [Finding("Kafka", OK, f"cluster {cluster.cluster_id}, brokers: {cluster.broker_count}")]
    found += [Finding("Kafka", ERROR, f"topic {name} does not exist") for name in cluster.missing()]
    counts = sorted({count for count in cluster.partition_counts.values() if count})
    return [*found, Finding("Kafka", OK, f"partitions of each topic: {', '.join(map(str, counts)) or 'none'}")]


async def _ledger(settings: DatabaseSettings | None) -> list[Finding]:
    if settings is None:
        return [Finding("ledger", WARNING, "not named: a run measures, but cannot be audited")]
    async with connecting(settings) as connection:
        row: Any = await connection.fetchrow(_READER)
    if not row["reads"]:
        return [Finding("ledger", ERROR, f"{row['login']} may not read linker.ledger: take the role ecflink_reader")]
    found = [Finding("ledger", OK, f"{row['login']} reads the ledger")]
    if row["writes"]:
        told = f"{row['login']} may also write: a replay needs ecflink_reader alone"
        found.append(Finding("ledger", WARNING, told))
    return found


async def _mailbox(profile: Profile) -> list[Finding]:
    if profile.mail is None:
        return [Finding("mailbox", WARNING, "not named: what was mailed is not held against a mailbox")]
    place = profile.mail.mailbox
    await asyncio.to_thread(lambda: next(mails(place), None))
    return [Finding("mailbox", OK, f"{place} can be read")]


async def _front_door(profile: Profile) -> list[Finding]:
    if profile.front_door is None:
        return []
    async with httpx.AsyncClient(timeout=ANSWER_S_MAX, follow_redirects=True) as client:
        answer = await client.get(profile.front_door.url)
    level = ERROR if answer.is_server_error else OK
    found = [Finding("front door", level, f"{profile.front_door.url} answers {answer.status_code}")]
    accounts = profile.front_door.accounts_file
    if accounts is not None and not accounts.is_file():
        found.append(Finding("front door", ERROR, f"{accounts} is not there"))
    return found


async def _key(profile: Profile) -> list[Finding]:
    ring = profile.ring()
    if ring is None:
        return [Finding("key", WARNING, "not named: proofs cannot be made anew, only recorded ids can be replayed")]
    return [Finding("key", OK, f"{ring.signing_key_id} signs")]


async def _ready(role: str, url: str) -> list[Finding]:
    try:
        status, about = await _told(url)
    except ValueError:
        return [Finding(role, ERROR, f"{url} is no readiness address: it does not answer with a JSON object")]
    if not about.get("ready"):
        return [Finding(role, ERROR, f"not ready ({status}): {about.get('waiting')}")]
    match about.get("rehearsal"):
        case None:
            return [Finding(role, OK, "ready")]
        case False if role == "linker":
            told = "ready, but rehearsal mode is off: it honours no rehearsal key. Set REHEARSAL=true there"
            return [Finding(role, ERROR, told)]
        case mode:
            return [Finding(role, OK, f"ready, rehearsal mode is {'on' if mode else 'off'}")]


async def _told(url: str) -> tuple[int, dict[str, Any]]:
    """Return what a readiness address answers. Raises HTTPError, ValueError where that is no JSON object."""
    async with httpx.AsyncClient(timeout=ANSWER_S_MAX) as client:
        answer = await client.get(url)
    about = answer.json()
    if not isinstance(about, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - as broken JSON is
    return answer.status_code, about
