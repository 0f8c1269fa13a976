"""The ticket of a filer who has to wait, where two sign-ons may each have given one: ours, and a remote one behind it.

Both are brought back together, else each wait would lose the other's ticket and the filer would never be admitted.
"""

from typing import Final, NamedTuple, Self

# It stands in no ticket of ours; one that the remote side has joined by it in turn stays whole.
_BETWEEN: Final = "~"


class Tickets(NamedTuple):
    """Either may be empty. `str` joins them again."""

    own: str
    remote: str = ""

    @classmethod
    def of(cls, ticket: str) -> Self:
        """Take apart what was brought back."""
        own, _, remote = ticket.partition(_BETWEEN)
        return cls(own, remote)

    def __str__(self) -> str:
        return f"{self.own}{_BETWEEN}{self.remote}" if self.remote else self.own
