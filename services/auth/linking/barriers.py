"""Which PACER accounts may be linked, by kind and state."""

from services.auth.portal.ports import Barrier, Filer
from services.auth.signon.accounts import Kind, Status
from services.contract.transactions import Reason


def barrier_of(filer: Filer) -> Reason | Barrier | None:
    """Return why an account cannot be linked; None when it can.

    An inactive search status takes the search away, not the filing, so it may link; so may a case-search-only account.
    An exempt one may as well, after a warning on the page (domain notes, 3.1).
    """
    if filer.status == Status.DISABLED:
        return Barrier.PACER_DISABLED
    if filer.kind == Kind.SHARED:
        return Barrier.PACER_SHARED
    if filer.kind == Kind.ADMINISTRATIVE:
        return Barrier.PACER_IS_PAA
    return None if filer.upgraded else Reason.PACER_LEGACY
