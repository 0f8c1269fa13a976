"""The demo people as walkers: each PACER account of people.jsonl with the CM/ECF account that follows it there."""

import json
from importlib.resources import files
from itertools import pairwise
from typing import Final

from services.auth.portal.words import FILING_MENUS, court_name, filing_system
from services.ops.demo.walk import Person
from services.ops.registry import packaged

SEED_LOGIN: Final = "alexattorney"

Account = dict[str, str]


def people() -> dict[str, Person]:
    """Return the demo people by their PACER login; some of them cannot link, which is what they show."""
    lines = files("services.ops.demo").joinpath("people.jsonl").read_text(encoding="utf-8").splitlines()
    accounts: list[Account] = [json.loads(line) for line in lines]
    return {
        pacer["login"]: _person(pacer, cmecf)
        for pacer, cmecf in pairwise(accounts)
        if (pacer["kind"], cmecf["kind"]) == ("pacer", "cmecf")
    }


def _person(pacer: Account, cmecf: Account) -> Person:
    court = packaged()[cmecf["court_id"]]
    return Person(
        court_id=court.court_id,
        court=court_name(court),
        system=filing_system(court),
        pacer_login=pacer["login"],
        pacer_password=pacer["password"],
        pacer_name=pacer["name"],
        pacer_email=pacer["email"],
        cmecf_login=cmecf["login"],
        cmecf_password=cmecf["password"],
        cmecf_name=cmecf["name"],
        filing_menus=tuple(item.label for item in FILING_MENUS[court.type]),
    )
