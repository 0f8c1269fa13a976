"""What each record asks of the front door."""

import orjson
import pytest

from services.contract.topics import AUTH_LOGINS, LINK_REQUESTS
from services.replay.front_door.agenda import Agenda, Walk, WrongPassword
from services.replay.front_door.people import Account, People
from services.replay.outcome import Unusable
from services.replay.plan.spooled import Ready
from tests.linking.requests import requested

PACER, CMECF = Account("ada", "p"), Account("login1", "c")
PEOPLE = People({"1000001": PACER}, {("UTBK", "login1"): CMECF})


def request(index: int = 0, number: int = 1) -> Ready:
    return (index, LINK_REQUESTS.name, 0, 0, b"", requested(number).encode(), [("replayrun", b"run-1")])


def login(credential: str, outcome: str = "failed", **changes: object) -> Ready:
    facts = {"account": "ada", "court_id": "UTBK", "credential": credential, "outcome": outcome} | changes
    return (9, AUTH_LOGINS.name, 0, 0, b"", orjson.dumps(facts), [])


def test_request_is_a_walk_of_its_people() -> None:
    walk = Agenda(PEOPLE, [request()]).wish(request())
    assert isinstance(walk, Walk)
    assert (walk.errand.court_id, walk.errand.pacer, walk.errand.cmecf, walk.errand.missed) == ("UTBK", PACER, CMECF, 0)


def test_run_is_that_of_the_records() -> None:
    assert Agenda(PEOPLE, [login("pacer"), request()]).run == "run-1"


def test_cmecf_passwords_missed_before_are_missed_in_the_walk_once() -> None:
    missed = login("cmecf", account="UTBK:login1")
    agenda = Agenda(PEOPLE, [missed, missed, request(0), request(1)])
    walks = [agenda.wish(request(0)), agenda.wish(request(1))]
    assert [walk.errand.missed for walk in walks if isinstance(walk, Walk)] == [2, 0]


def test_same_id_again_is_known_before() -> None:
    assert Agenda(PEOPLE, [request(0)]).repeated == set()
    assert Agenda(PEOPLE, [request(0), request(1)]).repeated == {str(requested(1).request_id)}


def test_failed_sign_in_is_a_wrong_password() -> None:
    wish = Agenda(PEOPLE, []).wish(login("pacer"))
    assert wish == WrongPassword("UTBK", Account("ada", "not-this-one"))


@pytest.mark.parametrize(
    "record",
    [login("pacer", "succeeded"), login("cmecf"), login("pacer", "shed"), login("pacer", court_id=None)],
    ids=["right", "cmecf", "shed", "no-court"],
)
def test_what_a_walk_does_itself_asks_for_nothing(record: Ready) -> None:
    assert Agenda(PEOPLE, []).wish(record) is None


def test_accounts_that_lack_somebody_are_told_before_anything_is_sent() -> None:
    with pytest.raises(Unusable, match="the accounts lack PACER account 1000002"):
        Agenda(PEOPLE, [request(0), request(1, number=2)])
