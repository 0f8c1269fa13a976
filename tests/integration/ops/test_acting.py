"""What an operator orders happens, is written down, and leaves a system that keeps its promises."""

from pathlib import Path

from services.audit.audit import passes
from services.contract.topics import LINK_REQUESTS
from services.runtime.settings import KafkaSettings
from tests.integration.audit.scene import Scene, copied_topics, linking, records
from tests.integration.ops.command import ecflink
from tests.linking.requests import message, requested

# As if the linker that buried it had been the one at fault.
_REPAIR = "UPDATE linker.dead_letters SET value = $1, request_id = $2 WHERE kind = 'bad-proof'"


async def test_redriven_letter_is_published_again_and_told(scene: Scene, topics: KafkaSettings) -> None:
    own = await copied_topics(scene, topics)
    letter = await _letter(own, "conflicting-id")
    answer = await ecflink(own, "dead", "redrive", *letter, "--by", "Operator", role="linker")
    assert answer.code == 0, answer.warned
    published = [record for number in range(3) for record in await records(topics, LINK_REQUESTS.name, number)]
    marks = [mark for record in published if (mark := dict(record.headers).get("redrive-of"))]
    assert marks == ["/".join(map(str, letter)).encode()]


async def test_redrive_is_decided_and_closes_its_letter(scene: Scene, topics: KafkaSettings, tmp_path: Path) -> None:
    own = await copied_topics(scene, topics)
    good = message(requested(401))
    place = await _letter(own, "bad-proof")
    async with own.connected() as connection:
        await connection.execute(_REPAIR, good.value, requested(401).request_id)
    await own.receive([requested(401)])
    assert (await ecflink(own, "dead", "redrive", *place, "--by", "Operator", role="linker")).code == 0
    async with linking(own.deployment, tmp_path):
        await own.caught_up()
    rows = (await ecflink(own, "dead", "list", "--all", "--json")).rows
    closed = next(row for row in rows if row["kind"] == "bad-proof")
    assert closed["redriven_at"]
    assert closed["closed_at"]


async def test_closed_letter_leaves_the_list_and_cannot_be_redriven(scene: Scene) -> None:
    place = await _letter(scene, "malformed")
    assert (await ecflink(scene, "dead", "close", *place, "--by", "Operator", role="linker")).code == 0
    assert "malformed" not in {row["kind"] for row in (await ecflink(scene, "dead", "list", "--json")).rows}
    assert (await ecflink(scene, "dead", "redrive", *place, "--by", "Operator", role="linker")).code == 1
    assert passes(list((await scene.audit()).values()))


async def test_only_an_offset_ahead_is_released(scene: Scene) -> None:
    behind = await ecflink(scene, "dead", "release", "link-requests-v1", 0, 0, "--by", "Operator", role="linker")
    ahead = await ecflink(scene, "dead", "release", "link-requests-v1", 0, 999, "--by", "Operator", role="linker")
    assert (behind.code, ahead.code) == (1, 0)
    async with scene.connected() as connection:
        assert await connection.fetchval('SELECT ordered_by FROM linker.releases WHERE "offset" = 999') == "Operator"


async def test_held_letter_is_queued_again(scene: Scene) -> None:
    await scene.execute("UPDATE notifier.deliveries SET state = 'held' WHERE letter = 'owner-notice'")
    letter = (await ecflink(scene, "mail", "list", "--state", "held", "--json")).rows[0]["delivery_id"]
    assert (await ecflink(scene, "mail", "resend", letter, "--by", "Operator", role="notifier")).code == 0
    assert (await ecflink(scene, "mail", "resend", letter, "--by", "Operator", role="notifier")).code == 1
    shown = (await ecflink(scene, "mail", "show", letter, "--json")).rows[0]
    assert (shown["state"], shown["resent_by"]) == ("queued", "Operator")


async def test_unanswered_request_is_published_again(scene: Scene) -> None:
    await scene.execute(
        "INSERT INTO auth.outbox (topic, key, headers, value, request_id, proof_key_id, published_at)"
        " SELECT 'link-requests-v1', 'k', '[]', 'v', gen_random_uuid(), 'k0', now()"
    )
    answer = await ecflink(scene, "requests", "republish", role="auth")
    assert answer.said == "1 unanswered requests are published again\n"
    async with scene.connected() as connection:
        assert await connection.fetchval("SELECT count(*) FROM auth.outbox WHERE published_at IS NULL") == 1


async def test_key_is_retired_only_when_nothing_names_it(scene: Scene) -> None:
    keys = f"k2:{'1b' * 32}\nk1:{'5a' * 32}"
    needed = await ecflink(scene, "keys", "retire", "k1", PROOF_KEYS=keys)
    assert needed.code == 1
    assert "still needed by" in needed.warned
    await scene.execute("UPDATE linker.dead_letters SET closed_at = now()")
    assert (await ecflink(scene, "keys", "retire", "k1", PROOF_KEYS=keys)).code == 0
    assert (await ecflink(scene, "keys", "retire", "k2", PROOF_KEYS=keys)).code == 1


async def test_unread_record_keeps_its_key(scene: Scene) -> None:
    await scene.execute(
        "UPDATE linker.dead_letters SET closed_at = now()", "UPDATE linker.position SET next_offset = 0"
    )
    rows = (await ecflink(scene, "keys", "list", "--json")).rows
    assert rows == [
        {"key": "k1", "use": "signs", "outbox_rows": 0, "unread_records": 42, "open_dead_letters": 0},
    ]


async def _letter(scene: Scene, kind: str) -> tuple[str, int, int]:
    async with scene.connected() as connection:
        row = await connection.fetchrow(
            'SELECT topic, partition, "offset" FROM linker.dead_letters WHERE kind = $1', kind
        )
    return row["topic"], row["partition"], row["offset"]
