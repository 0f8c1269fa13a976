"""The plain sentence and the next step for each reason: the same words on the page and in the e-mail."""

from typing import Final, NamedTuple

from services.contract.requests import RequestKind
from services.contract.transactions import Reason


class Explanation(NamedTuple):
    """What happened, and what the filer does next. Plain sentences, no markup."""

    sentence: str
    next_step: str


LINKED_COMMENT: Final = "Your PACER account has been linked to your CM/ECF account"
UNLINKED_COMMENT: Final = "By order of the court your PACER account is no longer linked to your CM/ECF account"

EXPLANATIONS: Final[dict[Reason, Explanation]] = {
    Reason.ALREADY_LINKED: Explanation(
        "Your PACER account was already linked to your CM/ECF account",
        "There is nothing more to do: sign in with your PACER account and file as usual.",
    ),
    Reason.COURT_NOT_LIVE: Explanation(
        "This court is not yet live on NextGen CM/ECF",
        "Keep using your CM/ECF login at this court; it will notify you when linking opens.",
    ),
    Reason.PACER_LEGACY: Explanation(
        "Your PACER account has not been upgraded",
        "Sign in to Manage My Account at PACER, choose Upgrade next to Account Type, then link again.",
    ),
    Reason.PACER_ALREADY_LINKED: Explanation(
        "Your PACER account is already linked to another CM/ECF account at this court",
        "One PACER account links to one CM/ECF account at a court. If that link is wrong, call the court's help desk.",
    ),
    Reason.CMECF_ALREADY_LINKED: Explanation(
        "This CM/ECF account is already linked to another PACER account",
        "If you did not make that link, call the court's help desk at once.",
    ),
    Reason.PROOF_EXPIRED: Explanation(
        "More than ten minutes passed between your CM/ECF password and your confirmation",
        "Start again from Utilities: enter your CM/ECF login and password and confirm within ten minutes.",
    ),
    Reason.NOT_LINKED: Explanation(
        "These two accounts are not linked at this court",
        "Nothing was changed. Check both accounts and order the change again.",
    ),
}


def comment_of(request: RequestKind, reason: Reason | None) -> str:
    """Return the `Comment` of the e-mail and the page for a transaction."""
    if reason is not None:
        return EXPLANATIONS[reason].sentence
    return LINKED_COMMENT if request is RequestKind.LINK else UNLINKED_COMMENT
