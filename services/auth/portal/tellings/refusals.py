"""Told when a link is refused: the sentences of the linker's own reasons are the contract's, as in the e-mail."""

from typing import Final

from services.auth.portal.language import marked as _
from services.auth.portal.tellings.state import Helps, State, Telling
from services.contract.reasons import EXPLANATIONS
from services.contract.transactions import Reason


def _refusal(reason: Reason, title: str, helps: Helps, *, status: int = 409, at_risk: bool = True) -> Telling:
    sentence, next_step = EXPLANATIONS[reason]
    return Telling(
        title=title, happened=f"{sentence}.", next_step=next_step, status=status, helps=helps, at_risk=at_risk
    )


REFUSALS: Final = {
    State.COURT_NOT_LIVE: _refusal(
        Reason.COURT_NOT_LIVE, _("Linking is not yet open at this court"), Helps.COURT, at_risk=False
    ),
    State.PACER_LEGACY: _refusal(Reason.PACER_LEGACY, _("Your PACER account must be upgraded first"), Helps.PACER),
    State.PACER_ALREADY_LINKED: _refusal(
        Reason.PACER_ALREADY_LINKED, _("Your PACER account is already linked"), Helps.COURT
    ),
    State.CMECF_ALREADY_LINKED: _refusal(
        Reason.CMECF_ALREADY_LINKED, _("This CM/ECF account is already linked"), Helps.COURT
    ),
    State.ALREADY_LINKED: _refusal(
        Reason.ALREADY_LINKED, _("Your accounts are already linked"), Helps.NOBODY, status=200, at_risk=False
    ),
    State.PROOF_EXPIRED: _refusal(Reason.PROOF_EXPIRED, _("Too much time has passed"), Helps.COURT, at_risk=False),
    State.NOT_LINKED: _refusal(Reason.NOT_LINKED, _("These accounts are not linked"), Helps.COURT),
}
