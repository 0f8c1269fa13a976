"""What may stand between a right password and a session, apart from the second factor."""

from typing import Final

from services.auth.portal.ports import Barrier, Credentials, Origin
from services.auth.signon.accounts import PacerAccount, Status

# The beginnings are the published API's own words (domain notes, 5).
CLIENT_CODE_WARNINGS: Final = {
    Barrier.CLIENT_CODE_REQUIRED: (
        "A required Client Code was not entered. You may continue and e-file, but you cannot search until you sign in "
        "with a client code."
    ),
    Barrier.CLIENT_CODE_INVALID: (
        "The Client Code is not one that your firm takes. You may continue and e-file, but you cannot search until you "
        "sign in with one of your firm's client codes."
    ),
}

# A program can neither enrol nor ask its user to, so its sign-ins use up no skip; whoever reads its messages is told.
ENROLMENT_WARNING: Final = (
    "A second factor is to be enrolled for this account. You may continue; sign in at the court's pages and enroll one "
    "before it is required."
)


def barrier_of(account: PacerAccount, credentials: Credentials, origin: Origin) -> Barrier | None:
    """Return what keeps an account out although its password is right.

    A filing program is let in without a client code, with a warning: it files and does not search.
    """
    if account.status == Status.DISABLED:
        return Barrier.PACER_DISABLED
    return client_code_fault(account, credentials) if origin is Origin.PAGES else None


def client_code_fault(account: PacerAccount, credentials: Credentials) -> Barrier | None:
    """Return what is wrong with the client code by the rules of the account's firm."""
    if not credentials.client_code:
        return Barrier.CLIENT_CODE_REQUIRED if account.client_code_required else None
    if account.client_codes and credentials.client_code not in account.client_codes:
        return Barrier.CLIENT_CODE_INVALID
    return None


def warning_of(account: PacerAccount, credentials: Credentials, origin: Origin) -> str:
    """Return what a filing program is told beside its token; empty for the pages, which ask for the code."""
    fault = client_code_fault(account, credentials) if origin is Origin.API else None
    return CLIENT_CODE_WARNINGS[fault] if fault else ""
