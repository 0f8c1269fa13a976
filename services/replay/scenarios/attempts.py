"""What is told of a try at a password: under which name auth counts it, which credential, and how it ended. Pure."""

from hashlib import blake2b
from typing import Final

from services.contract.logins import Credential, LoginOutcome
from services.replay.scenarios.people import FIRM_COUNT, Person, firm
from services.replay.scenarios.values import Attempt, Pair
from services.replay.scenarios.walks import Step

# Plain numbers and words: members of an enumeration would cost more than all else in a loop over millions.
_FIRM_SIGNED_IN: Final = int(Step.FIRM_SIGNED_IN)
_NAME_UNKNOWN: Final = int(Step.NAME_UNKNOWN)
_PACER_SIGNED_IN: Final = int(Step.PACER_SIGNED_IN)
_THROTTLED: Final = int(Step.THROTTLED)
_RIGHT_STEPS: Final = frozenset(
    map(int, (Step.FIRM_SIGNED_IN, Step.PACER_SIGNED_IN, Step.CMECF_STOPPED, Step.CMECF_PROVEN))
)
_RIGHT: Final = LoginOutcome.SUCCEEDED.value
_WRONG: Final = LoginOutcome.FAILED.value
_TURNED_AWAY: Final = LoginOutcome.THROTTLED.value
_PACER: Final = Credential.PACER.value
_CMECF: Final = Credential.CMECF.value


def attempt_of(pair: Pair, entry: int, step: int, key: bytes) -> Attempt:
    """Return the try of a step before REQUESTED. `key` hides names that nobody has, as auth hides them."""
    court, prefix = pair.place.court_id, pair.person.address_prefix
    if step == _THROTTLED:
        return Attempt(f"throttled:{prefix}", None, _CMECF, _TURNED_AWAY, prefix)
    outcome = _RIGHT if step in _RIGHT_STEPS else _WRONG
    if step > _PACER_SIGNED_IN:
        return Attempt(f"{court}:{pair.canonical}", court, _CMECF, outcome, prefix)
    account = pair.pacer_login
    if step == _FIRM_SIGNED_IN:
        account = firm(entry % FIRM_COUNT).login
    elif step == _NAME_UNKNOWN:
        account = _unknown(pair.person, key)
    return Attempt(account, court, _PACER, outcome, prefix)


def _unknown(who: Person, key: bytes) -> str:
    return f"unknown:{blake2b(who.login.encode(), key=key, digest_size=16).hexdigest()}"
