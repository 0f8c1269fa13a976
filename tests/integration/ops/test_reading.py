"""What an operator looks up is what the services wrote down."""

import asyncio

import pytest

from tests.integration.audit.scene import Scene
from tests.integration.ops.command import ecflink


async def test_links_of_a_court_are_listed(scene: Scene) -> None:
    rows = (await ecflink(scene, "links", "list", "--court", "utbk", "--json")).rows
    assert len(rows) == 30
    assert {"court_id": "UTBK", "pacer_account": "1000002", "cmecf_canonical": "login2"}.items() <= rows[0].items()


async def test_link_is_shown_by_account_or_login(scene: Scene) -> None:
    by_account = await ecflink(scene, "links", "show", "UTBK", "1000007", "--json")
    by_login = await ecflink(scene, "links", "show", "UTBK", "login7", "--json")
    assert by_account.rows == by_login.rows
    assert by_account.rows[0]["pacer_name"] == "Filer 7"


async def test_link_that_does_not_stand_is_told(scene: Scene) -> None:
    answer = await ecflink(scene, "links", "show", "UTBK", "1000001")
    assert answer.code == 1
    assert "no link of '1000001' stands at 'UTBK'" in answer.warned


async def test_transactions_are_listed_newest_first(scene: Scene) -> None:
    rows = (await ecflink(scene, "transactions", "list", "--json")).rows
    assert len(rows) == 38
    assert rows[0]["pacer_account"] == "1000301"


async def test_rejected_transactions_are_found(scene: Scene) -> None:
    rows = (await ecflink(scene, "transactions", "list", "--status", "Rejected", "--json")).rows
    assert {row["reason"] for row in rows} == {
        "COURT_NOT_LIVE",
        "PACER_LEGACY",
        "PROOF_EXPIRED",
        "PACER_ALREADY_LINKED",
        "CMECF_ALREADY_LINKED",
    }


async def test_transaction_is_shown_by_number_and_by_request(scene: Scene) -> None:
    number = (await ecflink(scene, "links", "show", "UTBK", "login7", "--json")).rows[0]["transaction_id"]
    by_number = (await ecflink(scene, "transactions", "show", number, "--json")).rows[0]
    by_request = (await ecflink(scene, "transactions", "show", by_number["request"]["request_id"], "--json")).rows[0]
    assert by_number == by_request
    assert [letter["state"] for letter in by_number["letters"]] == ["accepted", "accepted"]


async def test_letter_is_shown_with_its_attempts(scene: Scene) -> None:
    listed = (await ecflink(scene, "mail", "list", "--state", "accepted", "--count", 1, "--json")).rows[0]
    assert "***@" in listed["recipient"]
    shown = (await ecflink(scene, "mail", "show", listed["delivery_id"], "--json")).rows[0]
    assert [attempt["outcome"] for attempt in shown["attempts"]] == ["accepted"]
    assert "Message-ID:" in (await ecflink(scene, "mail", "show", listed["delivery_id"], "--message")).said


async def test_dead_letters_are_listed_and_shown(scene: Scene) -> None:
    rows = (await ecflink(scene, "dead", "list", "--json")).rows
    assert sorted(row["kind"] for row in rows) == ["bad-proof", "conflicting-id", "malformed"]
    bad = next(row for row in rows if row["kind"] == "bad-proof")
    shown = (await ecflink(scene, "dead", "show", "link-requests-v1", bad["partition"], bad["offset"], "--json")).rows
    assert shown[0]["value"] == "{"
    assert shown[0]["headers"]["ce_type"] == "ecflink.link.requested.v1"


TABLES = ["links list", "transactions list", "transactions show 10001", "mail list", "dead list", "keys list"]
REFUSED = [
    "transactions show 17",
    "transactions show not-a-number",
    "transactions list --count 0",
    "transactions list --status Maybe",
    "links list --court \x07",
    "links end UTBK login7 --by Clerk",
    "mail show not-an-id",
    "dead show link-requests-v1 -1 0",
    "audit --wait -1",
    "audit --sent /nowhere",
    "doctor --role janitor",
]


async def test_tables_are_printed_for_people(scene: Scene) -> None:
    answers = await asyncio.gather(*(ecflink(scene, *words.split(" ")) for words in TABLES))
    assert [answer.code for answer in answers] == [0] * len(TABLES), answers
    assert all(len(answer.said.splitlines()) > 1 for answer in answers)


@pytest.mark.thorough
async def test_bad_arguments_are_refused_with_words(scene: Scene) -> None:
    answers = await asyncio.gather(*(ecflink(scene, *words.split(" ")) for words in REFUSED))
    assert [answer.code for answer in answers] == [2] * len(REFUSED), answers
    assert all(answer.warned and "Traceback" not in answer.warned for answer in answers)
