"""P6, P7 and P9 for notices: what a real notifier mailed is clean, and each breach is caught under its name."""

import re
from pathlib import Path

import pytest

from services.audit.audit import passes
from services.audit.lines import Line, Verdict
from services.contract.ids import partition_of
from services.contract.notices import FilerNotified, NoticeKind, notice_key
from services.contract.topics import FILER_NOTICES
from services.runtime.publish import Message
from tests.backends.deployment import Deployment
from tests.backends.smtp import DROP, FINAL_DOT, MailServer
from tests.integration.audit.scene import Scene
from tests.mailing.acting import (
    court_live,
    eventually,
    in_state,
    notice_message,
    notify,
    notifying,
    put,
    rows,
    security_code,
    settings,
)
from tests.mailing.fixtures import linker

__all__ = ["linker"]
FILERS = 6
GUIDE = Path(__file__).parents[3] / "docs" / "operating.md"
_TOLD = """
INSERT INTO auth.announced (court_id, cmecf_canonical, notice_id, told_at)
VALUES ('UTBK', '{login}', '{notice_id}', now())"""


@pytest.fixture
async def mailed(deployment: Deployment, smtp: MailServer, linker: object) -> Scene:
    """Six filers told of a go-live; one code sent twice as its first reply was lost, one expired; and garbage."""
    notices = [court_live(number) for number in range(FILERS)]
    scene = Scene(deployment=deployment, mailbox=smtp.maildir.folder)
    await scene.execute(*(_told(notice) for notice in notices))
    smtp.reply(FINAL_DOT, DROP)
    async with notifying(settings(deployment, smtp)):
        await notify(deployment, security_code("40725518"))
        await in_state(deployment, "accepted")
        await notify(deployment, *notices, notices[0], security_code("51836629", 2, good_s=-1))
        await put(deployment, FILER_NOTICES, 0, [Message(b"k", b"\xff", [])])
        await in_state(deployment, "accepted", FILERS + 1)
        await in_state(deployment, "bounced")
        await eventually(lambda: rows(deployment, "SELECT 1 FROM notifier.dead_letters"))
    return scene


def _told(notice: FilerNotified) -> str:
    return _TOLD.format(login=notice.cmecf_login, notice_id=notice.notice_id)


def _called(line: Line) -> set[str]:
    return {violation.what for violation in line.violations}


async def test_what_was_mailed_is_clean(mailed: Scene) -> None:
    lines = await mailed.audit()
    assert passes(list(lines.values())), "\n".join(map(str, lines.values()))
    line = lines["P6"]
    assert "8 letters, 7 accepted, 8 of them notices, 1 bounced" in line.summary
    assert "1 letters with a code are known by their Message-ID alone, as their bytes are erased" in line.unchecked
    assert not line.in_flight
    assert "1 dead letters" in lines["P9"].summary


@pytest.mark.thorough
async def test_what_is_under_way_is_told_as_such(mailed: Scene, deployment: Deployment) -> None:
    late = court_live(99)
    await mailed.execute(_told(late))
    await notify(deployment, late)
    line = (await mailed.audit())["P6"]
    assert line.verdict is Verdict.CLEAN
    assert line.in_flight == ("1 notices to be written",)


# `<n>` stands for the delivery to the nth filer.
ROUNDS = [
    {
        "notice without its letter": "DELETE FROM notifier.deliveries WHERE delivery_id = <1>",
        "letter that no notice asks for": (
            "UPDATE notifier.deliveries SET notice_id = gen_random_uuid() WHERE delivery_id = <2>"
        ),
        "notice mailed to somebody else": (
            "UPDATE notifier.deliveries SET recipient = 'x@y.example' WHERE delivery_id = <3>"
        ),
        "go-live notice that nobody noted": "DELETE FROM auth.announced WHERE cmecf_canonical = 'aty4'",
        "filer noted as told, without a notice": (
            "INSERT INTO auth.announced VALUES ('UTBK', 'never', gen_random_uuid(), now())"
        ),
        "letter with a code that was not erased": (
            "UPDATE notifier.deliveries SET erased_at = NULL WHERE sealed AND state = 'accepted'"
        ),
        "letter with a code in clear": "UPDATE notifier.deliveries SET message = 'Code 1' WHERE state = 'bounced'",
        "accepted, but not in the mailbox": (
            "UPDATE notifier.deliveries SET message_id = '<lost@court.example>' WHERE delivery_id = <5>"
        ),
    },
    {
        "notice mailed twice": (
            "DROP INDEX notifier.deliveries_of_notices;"
            "UPDATE notifier.deliveries AS d SET notice_id = o.notice_id FROM notifier.deliveries AS o"
            " WHERE o.delivery_id = <1> AND d.delivery_id = <2>"
        ),
        "letter with a code in clear": (
            "UPDATE notifier.deliveries SET sealed = false, message = 'x' WHERE state = 'bounced'"
        ),
        "more copies than attempts of unknown fate explain": (
            "DELETE FROM notifier.attempts WHERE outcome = 'ambiguous'"
        ),
        "accepted without an attempt that was": "DELETE FROM notifier.attempts WHERE delivery_id = <4>",
    },
]


def _filled(statement: str) -> str:
    one = r"(SELECT delivery_id FROM notifier.deliveries WHERE recipient = 'aty\1@example.org')"
    return re.sub(r"<(\d)>", one, statement)


@pytest.mark.parametrize("planted", ROUNDS)
async def test_each_breach_is_called_by_its_name(mailed: Scene, planted: dict[str, str]) -> None:
    await mailed.execute(*map(_filled, planted.values()))
    line = (await mailed.audit())["P6"]
    assert set(planted) <= _called(line), line


@pytest.mark.thorough
async def test_a_copy_of_a_code_with_other_bytes_is_caught(mailed: Scene) -> None:
    (copy,) = [path for path in (mailed.mailbox / "new").iterdir() if b"40725518" in path.read_bytes()][:1]
    copy.write_bytes(copy.read_bytes().replace(b"40725518", b"40725519"))
    assert "copies of a letter with a code that differ" in _called((await mailed.audit())["P6"])


@pytest.mark.thorough
async def test_a_filer_told_twice_is_caught(mailed: Scene, deployment: Deployment) -> None:
    again = court_live(1).model_copy(update={"notice_id": security_code("1", 77).notice_id})
    assert again.kind is NoticeKind.COURT_LIVE
    await put(
        deployment, FILER_NOTICES, partition_of(notice_key(again), deployment.partition_count), [notice_message(again)]
    )
    assert "filer told twice of a go-live" in _called((await mailed.audit())["P6"])


@pytest.mark.thorough
async def test_lost_notices_are_told_with_their_count_until_the_guide_s_statement_takes_it_back(mailed: Scene) -> None:
    await mailed.execute("UPDATE notifier.position SET notices_lost = 3 WHERE partition = 1")
    line = (await mailed.audit())["P6"]
    assert "notices lost, as the log dropped them before the notifier read them: 3 of partition 1" in str(line)
    found = re.search(r"-- who was not told\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    await mailed.execute(found[1])
    assert (await mailed.audit())["P6"].verdict is Verdict.CLEAN


@pytest.mark.thorough
async def test_a_position_beyond_the_end_and_a_changed_dead_letter_are_caught(mailed: Scene) -> None:
    await mailed.execute(
        "UPDATE notifier.position SET notice_next_offset = 999 WHERE partition = 1",
        "UPDATE notifier.dead_letters SET value = 'x'",
    )
    lines = await mailed.audit()
    assert "notifier stands beyond the end of the notices of partition" in _called(lines["P7"])
    assert "dead letter that is not the record at its place" in _called(lines["P9"])
