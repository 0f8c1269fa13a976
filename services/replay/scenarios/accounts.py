"""The accounts of everyone in a stream, as lines that `ecflink accounts import` takes: all with known passwords."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import orjson

from services.replay.scenarios.cast import Cast, Kind
from services.replay.scenarios.passwords import CMECF_HASHES, PACER_HASHES
from services.replay.scenarios.people import FIRM_COUNT, Person, cmecf_login, firm, person
from services.replay.scenarios.places import Place
from services.replay.scenarios.scenario import Scenario

BATCH_COUNT: Final = 2_000

_More = dict[int, list[tuple[int, bool]]]


def account_lines(scenario: Scenario, cast: Cast, places: tuple[Place, ...]) -> Iterator[list[bytes]]:
    """Yield the lines of the accounts, a batch of people at a time: each PACER account and then its CM/ECF accounts."""
    if scenario.tries.shared_account:
        yield [_firm(index) for index in range(FIRM_COUNT)]
    more = _more(cast)
    for first in range(0, len(cast.legacy), BATCH_COUNT):
        last = first + BATCH_COUNT
        batch = enumerate(
            zip(cast.legacy[first:last].tolist(), cast.courts_of[first:last].tolist(), strict=True), start=first
        )
        lines: list[bytes] = []
        for index, (legacy, courts) in batch:
            who = person(index)
            lines.append(_pacer(who, index, upgraded=not legacy))
            owned = [(court, False) for court in courts] + more.get(index, [])
            lines += [_cmecf(who, index, places[court].court_id, second=second) for court, second in owned]
        yield lines


def _more(cast: Cast) -> _More:
    """Return by person the accounts besides those at their own courts: at courts that are not live, and second ones."""
    found: _More = defaultdict(list)
    entries = np.flatnonzero((cast.kind == Kind.COURT_NOT_LIVE) | (cast.kind == Kind.SECOND_LOGIN))
    columns = (cast.owner[entries], cast.court[entries], cast.kind[entries] == Kind.SECOND_LOGIN)
    for owner, court, second in zip(*(column.tolist() for column in columns), strict=True):
        found[owner].append((court, second))
    return found


def _pacer(who: Person, index: int, *, upgraded: bool) -> bytes:
    return _line(
        {
            "kind": "pacer",
            "account_number": who.account,
            "login": who.login if upgraded else who.legacy_login,
            "password_hash": PACER_HASHES[index % len(PACER_HASHES)],
            "name": who.name,
            "email": who.email,
            "upgraded": upgraded,
        }
    )


def _cmecf(who: Person, index: int, court_id: str, *, second: bool) -> bytes:
    email = {} if who.cmecf_email is None else {"email": who.cmecf_email}
    return _line(
        {
            "kind": "cmecf",
            "court_id": court_id,
            "login": cmecf_login(who, second=second),
            "password_hash": CMECF_HASHES[index % len(CMECF_HASHES)],
            "name": who.cmecf_name,
            **email,
            **({"role": "trustee"} if second else {}),
        }
    )


def _firm(index: int) -> bytes:
    shared = firm(index)
    return _line(
        {
            "kind": "pacer",
            "account_number": shared.account,
            "login": shared.login,
            "password_hash": PACER_HASHES[index % len(PACER_HASHES)],
            "name": shared.name,
            "email": shared.email,
            "upgraded": True,
            "account_type": "shared",
        }
    )


def _line(account: dict[str, Any]) -> bytes:
    return orjson.dumps(account, option=orjson.OPT_APPEND_NEWLINE)
