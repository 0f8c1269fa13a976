"""The pair of accounts that a filer is asked about, and the answer that is held against it.

The question is shown by one page and answered to another, maybe of a second tab: so the answer names its pair.
"""

import hashlib
from dataclasses import dataclass

from services.auth.linking.names import share_a_word


@dataclass(frozen=True)
class Pair:
    """Two accounts, both proven, that can be linked by posting `form_token` back within ten minutes.

    The token is signed and holds the request id, so that a double click, the back button and a retry are one request.
    """

    form_token: str
    pacer_name: str
    cmecf_name: str
    cmecf_login: str

    @property
    def names_agree(self) -> bool:
        """Whether the two names have a word in common; where not, the page asks to look twice."""
        return share_a_word(self.pacer_name, self.cmecf_name)

    @property
    def acknowledgment(self) -> str:
        """What the tick "both are me" posts: it names this pair, as it was shown, and no other.

        No secret: a tick is the filer's own word.
        """
        shown = repr((self.form_token, self.pacer_name, self.cmecf_name, self.cmecf_login))
        return hashlib.sha256(shown.encode()).hexdigest()[:32]


class NamesDiffer(Exception):
    """The names of the pair that was to be committed have no word in common, and nobody said that both are theirs."""

    def __init__(self, pair: Pair) -> None:
        super().__init__("the two names are not alike")
        self.pair = pair
