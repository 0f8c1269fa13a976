"""The kinds of trouble, by what to do about them (`contract.envelope.Malformed` is the fourth: dead letter).

Adapters translate once, where the library is known; nobody logs an error and goes on.
"""


class Transient(Exception):
    """Wait and do the same work again, in the same order: a connection lost, a full disk."""


class Contended(Transient):
    """Somebody else holds what this work needs: a lock, a deadlock, too long a wait. Other work may go through."""


class Permanent(Exception):
    """This one record or row can never succeed: dead letter (or parking) and an alarm; the rest goes on."""


class Halt(Exception):
    """Something is so wrong that going on could lose or double work: stop, name the cause, commit nothing."""
