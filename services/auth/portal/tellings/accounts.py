"""Told about the PACER account, after its password (domain notes, 2 and 3)."""

from typing import Final

from services.auth.portal.language import marked as _
from services.auth.portal.tellings.state import Helps, State, Telling

ACCOUNTS: Final = {
    State.PACER_SHARED: Telling(
        title=_("A shared PACER account cannot file"),
        happened=_("Several people use this PACER account. If it were linked, nobody else could file with it here."),
        next_step=_("Register an individual account of your own at PACER, then link that one."),
        status=409,
        helps=Helps.PACER,
        at_risk=True,
    ),
    State.PACER_IS_PAA: Telling(
        title=_("A PACER Administrative Account cannot file"),
        happened=_("This account pays the bills of a firm. It can neither search nor file."),
        next_step=_("Log out, sign in with your own individual PACER account, and link that one."),
        status=409,
        helps=Helps.PACER,
        at_risk=True,
    ),
    State.PACER_INACTIVE: Telling(
        title=_("Your search of cases is inactive"),
        happened=_("This PACER account has not been used for searches for a long time. You may still link and file."),
        next_step=_("Go on with the link. To search cases again, ask PACER to reactivate the account."),
        status=200,
        helps=Helps.PACER,
    ),
    State.PACER_DISABLED: Telling(
        title=_("Your PACER account has been disabled"),
        happened=_("The password was right, but PACER has disabled this account, so nobody can sign in with it."),
        next_step=_("Call PACER: only it can open the account again."),
        status=403,
        helps=Helps.PACER,
        at_risk=True,
    ),
    State.CLIENT_CODE_REQUIRED: Telling(
        title=_("Your firm asks for a client code"),
        happened=_("The password was right, but your firm lets nobody sign in without a client code."),
        next_step=_(
            "Sign in again and fill in the field Client Code. Your firm's PACER administrator knows the codes."
        ),
        status=403,
        helps=Helps.PACER,
        at_risk=True,
    ),
    State.CLIENT_CODE_INVALID: Telling(
        title=_("Your firm does not take this client code"),
        happened=_("The password was right, but the client code is none of those that your firm has set."),
        next_step=_("Sign in again with another code. Your firm's PACER administrator knows the codes."),
        status=403,
        helps=Helps.PACER,
        at_risk=True,
    ),
    State.REDACTION_NOT_ACKED: Telling(
        title=_("The redaction notice comes first"),
        happened=_("All filers must redact: this has to be acknowledged at each sign-in."),
        next_step=_("Sign in again, read the notice, tick its box and choose Continue."),
        status=403,
    ),
    State.FACTOR_REQUIRED: Telling(
        title=_("A second factor is needed"),
        happened=_(
            "This account has a second factor, or must add one before it can go on. The account is not disabled."
        ),
        next_step=_("Sign in again and give the code of your authenticator app, a backup code, or your passkey."),
        status=403,
        helps=Helps.PACER,
        at_risk=True,
    ),
    State.FACTOR_FAILED: Telling(
        title=_("This code was not accepted"),
        happened=_("The code is not the one that your authenticator app shows now, or it has been used already."),
        next_step=_("Wait for the next code and enter that, or use a backup code."),
        status=403,
        helps=Helps.PACER,
        at_risk=True,
        causes=(
            _("The clock of your telephone is wrong: let it set its time by itself."),
            _("The app shows the code of another account."),
            _("A backup code counts once."),
        ),
    ),
}
