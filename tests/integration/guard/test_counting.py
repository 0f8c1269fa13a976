"""The guard against the real broker: it counts what is in the topic, and passes over what is no login event."""

import signal

import pytest

from services.contract.envelope import Headers
from services.contract.logins import LoginOutcome
from tests.integration.guard.stage import GuardStage, login, many
from tests.thorough import one_for_all

_GARBAGE: Headers = [("ce_id", b"\xff\xfe"), ("ce_id", b"twice"), ("ce_type", b""), ("", b"x" * 5000)]
_POISON = {
    "bad JSON": (b"alexattorney", b'{"account":', []),
    "no JSON at all": (b"alexattorney", b"\xff\x00\xfe", []),
    "wrong schema": (b"alexattorney", b'{"account":"alexattorney","outcome":"guessed"}', []),
    "other type": (b"alexattorney", b"[1,2,3]", []),
    "tombstone": (b"alexattorney", None, []),
    "no key": (None, login().encode(), []),
    "other key": (b"somebody", login().encode(), []),
    "key that is no text": (b"\xff\xfe", login().encode(), []),
    "nearly 1 MB": (b"alexattorney", b'{"account":"' + b"x" * 900_000 + b'"}', []),
    "garbage in the headers": (b"alexattorney", b"{}", _GARBAGE),
}


async def test_counts_equal_a_recount_after_sigterm(guard: GuardStage) -> None:
    await guard.publish(many(100, 2))
    await guard.start()
    await guard.publish([*many(50, 1), login(outcome=LoginOutcome.SHED, attempts=40), login(court_id=None)])
    await guard.counted(291)
    await guard.publish(many(100, 1))

    assert guard.send_signal(signal.SIGTERM) == 0

    await guard.start()
    await guard.counted(391)
    assert await guard.counts() == (391, 391, [])


async def test_poison_is_passed_over_and_what_follows_is_counted(guard: GuardStage) -> None:
    await guard.start()

    for record in _POISON.values():
        await guard.publish_records([record, (b"alexattorney", login().encode(), _GARBAGE)])
    await guard.counted(len(_POISON))

    await guard.until(lambda: guard.metric("ecflink_guard_poison_total"), len(_POISON))
    assert await guard.metric("ecflink_guard_poison_total", why="tombstone") == 1
    assert await guard.metric("ecflink_guard_poison_total", why="key") == 3
    assert await guard.counts() == (10, 10, [])
    assert (await guard.answer("/livez"))[0] == 200
    assert "Traceback" not in guard.log


@pytest.mark.thorough
async def test_poison_at_the_end_of_the_topic_is_no_stall(guard: GuardStage) -> None:
    guard.settings["PROGRESS_S_MAX"] = "5"
    await guard.start()
    await guard.publish_records([(b"alexattorney", None, [])])

    async def lag() -> float:
        return await guard.metric("ecflink_guard_lag")

    await guard.until(lambda: guard.metric("ecflink_guard_poison_total"), 1)
    await guard.until(lag, 0)


@pytest.mark.parametrize("court", one_for_all(["UTBK", None], plain="UTBK"))
async def test_recount_command_prints_both_columns(guard: GuardStage, court: str | None) -> None:
    await guard.start()
    await guard.publish([*many(3, 2), login(court_id="NYSB", outcome=LoginOutcome.SUCCEEDED)])
    await guard.counted(7)

    code, told = await guard.command("guard", "recount", *(["--court", court] if court else []))

    rows = [line.split() for line in told.splitlines()]
    assert ["UTBK", "pacer", "failed", "6", "6", "0"] in rows
    assert (["NYSB", "pacer", "succeeded", "1", "1", "0"] in rows) == (court is None)
    assert code == 0


async def test_recount_tells_what_is_not_counted(guard: GuardStage) -> None:
    await guard.publish(many(3, 2))

    code, told = await guard.command("guard", "recount")

    assert ["UTBK", "pacer", "failed", "0", "6", "-6"] in [line.split() for line in told.splitlines()]
    assert code == 1
