"""What the records of a share ask of the front door: a walk, the same form again, a wrong password, or nothing.

CM/ECF passwords that were mistyped before a link are mistyped in its walk: they need the session of that walk.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import orjson

from services.contract.envelope import REPLAY_RUN
from services.contract.logins import Credential, LoginOutcome
from services.contract.requests import RequestKind
from services.contract.topics import AUTH_LOGINS, LINK_REQUESTS
from services.replay.front_door.people import Account, People
from services.replay.front_door.walk import WRONG_PASSWORD, Errand
from services.replay.outcome import Unusable
from services.replay.plan.spooled import Ready

MISSED_COUNT_MAX: Final = 10
_NEEDED: Final = {"request_id", "court_id", "pacer_account", "cmecf_login", "cmecf_canonical"}


class Walk(NamedTuple):
    """A link request: the whole walk, or its last form again where its id came before.

    `cmecf` is what sign-in events call the CM/ECF account.
    """

    request_id: str
    key: str
    pacer_account: str
    cmecf: str
    errand: Errand


class WrongPassword(NamedTuple):
    """A sign-in that failed in the recording."""

    court_id: str
    account: Account


Wish = Walk | WrongPassword | None


class Agenda:
    """Reads records. `records` are those of all shares of the timeline; `repeated` has the ids that come again.

    Raises Unusable where the accounts lack somebody who would have to walk.
    """

    def __init__(self, people: People, records: Iterable[Ready]) -> None:
        self._people = people
        self._missed: Counter[str] = Counter()
        self.run = ""
        seen: set[str] = set()
        self.repeated: set[str] = set()
        for record in records:
            self.run = self.run or _run(record)
            if record[1] == AUTH_LOGINS.name:
                event = _facts(record)
                if _failed(event, Credential.CMECF):
                    self._missed[event["account"]] += 1
            elif isinstance(walk := self._asked(record), Walk):
                (self.repeated if walk.request_id in seen else seen).add(walk.request_id)

    def wish(self, record: Ready) -> Wish:
        """Return what a record asks for, each mistyped password once."""
        walk = self._asked(record)
        if walk is not None:
            missed = min(MISSED_COUNT_MAX, self._missed.pop(walk.cmecf, 0))
            return walk._replace(errand=walk.errand._replace(missed=missed))
        event = _facts(record)
        if record[1] != AUTH_LOGINS.name or not _failed(event, Credential.PACER) or not event.get("court_id"):
            return None
        return WrongPassword(event["court_id"], Account(event["account"][:128], WRONG_PASSWORD))

    def _asked(self, record: Ready) -> Walk | None:
        asked = _facts(record) if record[1] == LINK_REQUESTS.name else {}
        if asked.get("request") != RequestKind.LINK or not asked.keys() >= _NEEDED:
            return None
        court_id, number, login = asked["court_id"], asked["pacer_account"], asked["cmecf_login"]
        pacer, cmecf = self._people.pacer.get(number), self._people.cmecf.get((court_id, login))
        if pacer is None or cmecf is None:
            who = f"PACER account {number}" if pacer is None else f"CM/ECF login {login} at {court_id}"
            raise Unusable(f"the accounts lack {who}: give the file of accounts that belongs to this recording")
        named = f"{court_id}:{asked['cmecf_canonical']}"
        return Walk(asked["request_id"], f"{court_id}:{number}", number, named, Errand(court_id, pacer, cmecf))


def _facts(record: Ready) -> dict[str, Any]:
    try:
        facts = orjson.loads(record[5] or b"")
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _failed(event: dict[str, Any], credential: Credential) -> bool:
    return event.get("outcome") == LoginOutcome.FAILED and event.get("credential") == credential


def _run(record: Ready) -> str:
    return next(((value or b"").decode() for name, value in record[6] if name == REPLAY_RUN), "")
