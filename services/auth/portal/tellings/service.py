"""Told about this service itself: busy, interrupted, ended sessions, forms and addresses that cannot be taken."""

from typing import Final

from services.auth.portal.language import marked as _
from services.auth.portal.tellings.state import Helps, State, Telling

SERVICE: Final = {
    State.BUSY: Telling(
        title=_("Many people are signing in"),
        happened=_("More people sign in at this moment than can be served at once. Nothing was changed."),
        next_step=_("Wait a few seconds, then try again."),
        status=503,
    ),
    State.THROTTLED: Telling(
        title=_("Wait a little before the next try"),
        happened=_("There were many wrong passwords from here or for this account. It is not locked."),
        next_step=_("Wait as long as the page says, then try again on this page: after the wait you will be let in."),
        status=503,
    ),
    State.VERIFIER_DOWN: Telling(
        title=_("PACER's sign-on does not answer"),
        happened=_(
            "Your password cannot be verified at this moment. Nothing was changed, and nothing is wrong with it."
        ),
        next_step=_("Try again in a minute."),
        status=503,
        helps=Helps.BOTH,
        at_risk=True,
    ),
    State.INTERRUPTED: Telling(
        title=_("The service is interrupted"),
        happened=_("A part of this system does not answer at this moment. Nothing that you asked for was lost."),
        next_step=_("Wait a few seconds and load this page again."),
        status=503,
        helps=Helps.COURT,
        at_risk=True,
    ),
    State.BROKEN: Telling(
        title=_("Something went wrong"),
        happened=_("This page could not be made. The fault has been recorded for those who run this system."),
        next_step=_("Go back and try again. If it happens again, call the court's help desk."),
        status=500,
        helps=Helps.COURT,
        at_risk=True,
    ),
    State.SESSION_ENDED: Telling(
        title=_("Your session has ended"),
        happened=_("You were signed out, because you asked for it, or after 30 minutes without a click."),
        next_step=_("Sign in again. What you had submitted before is safe; what you had only typed is not."),
        status=403,
    ),
    State.FORM_STALE: Telling(
        title=_("Too much time has passed"),
        happened=_(
            "More than ten minutes lie between your CM/ECF password and this confirmation, or you signed in anew."
        ),
        next_step=_("Nothing was changed. Choose Utilities, enter your CM/ECF login and password again, and confirm."),
        status=409,
    ),
    State.FORM_NOT_OURS: Telling(
        title=_("This form is no longer valid"),
        happened=_(
            "The form was sent from another site, or belongs to an earlier session, or your browser refused our cookie."
        ),
        next_step=_("Nothing was changed. Allow cookies for this site, open the page again and fill in the form anew."),
        status=403,
    ),
    State.FORM_TOO_LARGE: Telling(
        title=_("This form is too large"),
        happened=_("More was sent than any form of ours can hold."),
        next_step=_("Nothing was changed. Go back, reload the page and fill in the form again."),
        status=413,
    ),
    State.FORM_NOT_READABLE: Telling(
        title=_("This form could not be read"),
        happened=_("What arrived is not what a browser sends with our form."),
        next_step=_("Nothing was changed. Go back, reload the page and fill in the form again."),
        status=400,
    ),
    State.PAGE_NOT_FOUND: Telling(
        title=_("Page not found"),
        happened=_("There is no page at this address."),
        next_step=_("Check the address, or choose your court from the list of courts."),
        status=404,
    ),
    State.COURT_NOT_FOUND: Telling(
        title=_("Court not found"),
        happened=_("No court of the registry has this address."),
        next_step=_("Choose your court from the list of courts."),
        status=404,
    ),
}
