"""`ecflink keys`: the proof keys, what still needs each, and whether one may be removed from PROOF_KEYS."""

import asyncio
from collections import Counter
from typing import Any, Final, NamedTuple

from cyclopts import App

from services.contract.envelope import PROOF
from services.contract.topics import LINK_REQUESTS
from services.ops.arguments import Json, Text
from services.runtime.database import connecting
from services.runtime.read import reading
from services.runtime.screen import say, show, warn
from services.runtime.settings import DatabaseSettings, KafkaSettings, ProofSettings, load

_COLUMNS: Final = ("key", "use", "outbox_rows", "unread_records", "open_dead_letters")
_OUTBOX: Final = (
    "SELECT proof_key_id AS key, count(*) AS total FROM auth.outbox WHERE proof_key_id IS NOT NULL GROUP BY 1"
)
_DEAD: Final = """
SELECT proof_key_id AS key, count(*) AS total FROM linker.dead_letters
 WHERE proof_key_id IS NOT NULL AND closed_at IS NULL GROUP BY 1"""
_POSITIONS: Final = "SELECT partition, next_offset FROM linker.position ORDER BY partition"

app = App(name="keys", help="The keys by which the linker knows auth's requests.")


class KeysSettings(KafkaSettings, DatabaseSettings, ProofSettings):
    """Settings of `ecflink keys`: Kafka, the proof keys, and the database as ecflink_reader."""


class Needs(NamedTuple):
    """How many still name each key."""

    outbox_rows: Counter[str]
    unread_records: Counter[str]
    open_dead_letters: Counter[str]

    def of(self, key: str) -> dict[str, int]:
        """Return what still needs a key, by what it is."""
        return {name: counts[key] for name, counts in self._asdict().items() if counts[key]}


@app.command(name="list")
def list_keys(*, json: Json = False) -> int:
    """List the proof keys by their ids, and how much still names each; never a key itself."""
    settings = load(KeysSettings)
    needs = asyncio.run(needed(settings))
    ring = settings.key_ring
    named = [key for counts in needs for key in counts if key not in ring.keys]
    rows = [
        {
            "key": key,
            "use": "signs" if key == ring.signing_key_id else "verifies" if key in ring.keys else "missing",
            **{name: counts[key] for name, counts in needs._asdict().items()},
        }
        for key in dict.fromkeys([*ring.keys, *named])
    ]
    show(rows, columns=_COLUMNS, json=json)
    return 0


@app.command(name="retire")
def retire_key(key: Text, /) -> int:
    """Say whether a key may be removed from PROOF_KEYS: exit code 0 if nothing needs it any more, 1 otherwise."""
    settings = load(KeysSettings)
    if key == settings.key_ring.signing_key_id:
        warn(f"{key} signs: put another key before it in PROOF_KEYS of auth and linker, restart both, then ask again")
        return 1
    needs = asyncio.run(needed(settings)).of(key)
    if needs:
        told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in needs.items())
        warn(f"{key} is still needed by {told}; keep it until they are answered")
        return 1
    say(f"{key} may be removed from PROOF_KEYS: no outbox row, unread record or open dead letter names it")
    return 0


async def needed(settings: KeysSettings) -> Needs:
    """Return how many still name each key. Raises Transient or Halt."""
    # The log is read after the tables: a row published meanwhile is counted in one of them at least.
    async with connecting(settings) as connection:
        outbox = await _counted(connection, _OUTBOX)
        dead = await _counted(connection, _DEAD)
        positions = [(row["partition"], row["next_offset"]) for row in await connection.fetch(_POSITIONS)]
    unread: Counter[str] = Counter()
    for partition, offset in positions:
        unread += await _unread(settings, partition, offset)
    return Needs(outbox, unread, dead)


async def _counted(connection: Any, query: str) -> Counter[str]:  # noqa: ANN401 - asyncpg has no types
    return Counter({row["key"]: row["total"] for row in await connection.fetch(query)})


async def _unread(settings: KafkaSettings, partition: int, offset: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    async with reading(settings, LINK_REQUESTS.named(settings.topic_prefix), partition) as reader:
        bounds = await reader.bounds()
        reader.seek(max(bounds.start, min(offset, bounds.end)))
        async for records in reader.until(bounds.end):
            for record in records:
                proof = next((value for name, value in record.headers if name == PROOF), None) or b""
                counts[proof.decode("ascii", "replace").partition(":")[0]] += 1
    return counts
