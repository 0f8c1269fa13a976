"""Whether two names may be those of one person: the sign that a filer is about to link somebody else's account."""

import re
import unicodedata
from typing import Final

# What stands behind a name and is shared by many people.
_SUFFIXES: Final = frozenset(
    {"jr", "sr", "ii", "iii", "iv", "esq", "esquire", "md", "phd", "jd", "pa", "pc", "llc", "llp"}
)
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


def share_a_word(one: str, other: str) -> bool:
    """Say whether two names have a word in common; initials, suffixes, case and accents do not count.

    A name of no words (one letter, or signs alone) says nothing: it agrees with every other.
    """
    ours, theirs = _words(one), _words(other)
    return not ours or not theirs or not ours.isdisjoint(theirs)


def _words(name: str) -> frozenset[str]:
    apart = unicodedata.normalize("NFKD", name)
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()
    # An apostrophe is part of a name: O'Brien is one word.
    return frozenset(_WORD.findall(re.sub("['\u2019.]", "", plain))) - _SUFFIXES
