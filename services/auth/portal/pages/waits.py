"""Forms that have to be sent again later: how long to wait, said on the page and to programs alike."""

from starlette.responses import Response

from services.auth.portal.language import gettext, ngettext
from services.auth.portal.ports import Busy, Throttled


def busy_sentence(busy: Busy) -> str:
    """Say when to try again."""
    wait = wait_sentence(busy.retry_after_s)
    if isinstance(busy, Throttled):
        return wait
    return gettext("Many people are signing in at this moment.") + " " + wait


def wait_sentence(seconds: int) -> str:
    """Say how long to wait."""
    return ngettext("Wait %(seconds)s second, then try again", "Wait %(seconds)s seconds, then try again", seconds) % {
        "seconds": seconds
    }


def later(response: Response, retry_after_s: int) -> Response:
    """Tell programs the same."""
    response.headers["Retry-After"] = str(retry_after_s)
    return response
