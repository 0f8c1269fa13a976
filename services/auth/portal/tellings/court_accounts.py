"""Told about the CM/ECF account and the court's own system (domain notes, 2)."""

from typing import Final

from services.auth.portal.language import marked as _
from services.auth.portal.tellings.state import Helps, State, Telling

COURT_ACCOUNTS: Final = {
    State.CMECF_BAD_CREDENTIALS: Telling(
        title=_("The CM/ECF login or password was not accepted"),
        happened=_(
            "The login and the password that were entered are not those of a CM/ECF account that can be linked."
        ),
        next_step=_("Go through the causes below, then try again. If it is refused again, call the desk."),
        status=403,
        helps=Helps.RESETS,
        at_risk=True,
        causes=(
            _("A typing error: capital letters count in the password, and at most courts in the login too."),
            _("At courts of appeals the login is in lower case."),
            _("Your browser filled in the PACER password, or lost the one that it kept for this court."),
            _("The login is that of another court, or of the court's training system."),
            _("The account has been linked already, or is no longer in use."),
        ),
    ),
    State.CMECF_LOGIN_CHARSET: Telling(
        title=_("Your CM/ECF login has unusual characters"),
        happened=_("Elsewhere a login with characters such as & @ $ * could not be linked. Here any character works."),
        next_step=_("Enter the login exactly as you have always done."),
        status=200,
    ),
    State.CMECF_LOCKED: Telling(
        title=_("Too many wrong CM/ECF passwords"),
        happened=_("After several wrong passwords each further try has to wait a little. Nothing is locked for good."),
        next_step=_("Wait as long as the page says, then try once with care. If you have forgotten it, have it reset."),
        status=503,
        helps=Helps.RESETS,
    ),
    State.CMECF_DISABLED: Telling(
        title=_("This CM/ECF account is no longer in use"),
        happened=_("Login and password were right, but the court has closed this CM/ECF account."),
        next_step=_("Call the court: only it can open the account again or give you another."),
        status=409,
        helps=Helps.COURT,
        at_risk=True,
    ),
    State.NAME_MISMATCH: Telling(
        title=_("The two names are not alike"),
        happened=_("The name of the PACER account and the name of the CM/ECF account have no word in common."),
        next_step=_(
            "Go on only if both are you, for example after a change of name. Else log out and use your own account."
        ),
        status=200,
        helps=Helps.COURT,
    ),
    State.WRONG_PATH: Telling(
        title=_("Link, do not register anew"),
        happened=_(
            "Who could file at this court before has a CM/ECF account. A new registration at PACER waits for review."
        ),
        next_step=_("Link the account that you have."),
        status=200,
        helps=Helps.COURT,
        at_risk=True,
    ),
    State.RESET_MAIL_LOST: Telling(
        title=_("The mail with the new CM/ECF password does not come"),
        happened=_("It goes to the first e-mail address of your CM/ECF account and is valid for 24 hours."),
        next_step=_(
            "Look among unwanted mail. If the address is an old one, ask the desk to change it, then reset again."
        ),
        status=200,
        helps=Helps.RESETS,
        at_risk=True,
    ),
    State.MENU_STALE: Telling(
        title=_("The filing menus do not show"),
        happened=_("Your accounts are linked, but your browser shows a page from before."),
        next_step=_("Click any item of the menu bar. If that does not help, log out and sign in again."),
        status=200,
    ),
    State.FEE_LOCK: Telling(
        title=_("The filing menus are closed for an unpaid fee"),
        happened=_("At many courts the filing menus close when a filing fee was not paid by midnight, court time."),
        next_step=_(
            "Pay it in the court's own system under Utilities, Internet Payments Due, then click a menu again."
        ),
        status=200,
        helps=Helps.COURT,
        at_risk=True,
    ),
    State.TRAINING_DATABASE: Telling(
        title=_("This is, or you came from, a training system"),
        happened=_(
            "Courts have a training system beside the real one. The accounts of one are not known in the other."
        ),
        next_step=_(
            "Look at the address: a host that begins with ecf-train is for training. Go to the court's own host."
        ),
        status=200,
        helps=Helps.COURT,
    ),
    State.COOKIES_BLOCKED: Telling(
        title=_("Your browser refused our cookies"),
        happened=_("Without cookies nobody can be signed in: the form came back without the one that we set."),
        next_step=_("Allow cookies for this site, close and open the browser, then open the sign-in page again."),
        status=403,
        at_risk=True,
    ),
}
