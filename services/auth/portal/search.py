"""Finding a court among the two hundred of the registry: what was typed, and which courts it fits.

For the list of courts and for "My courts"; a plain GET, so that it works without scripts.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from services.auth.portal.words import court_name
from services.contract.courts import Court

FIND: Final = "find"
TYPED_LENGTH_MAX: Final = 60


def typed_in(query: Mapping[str, str]) -> str:
    """Return what was typed, blanks folded and no longer than the field takes; nothing where nobody searches."""
    return " ".join(query.get(FIND, "").split())[:TYPED_LENGTH_MAX]


def matching(courts: Iterable[Court], typed: str) -> list[Court]:
    """Return the courts whose names or id hold each of the words, in any order and case; all where there are none."""
    words = typed.casefold().split()
    named = [(court, _named(court)) for court in courts]
    return [court for court, name in named if all(word in name for word in words)]


def _named(court: Court) -> str:
    return f"{court.title} {court_name(court)} {court.court_id}".casefold()
