"""The walk of one person from the sign-in to the receipt, page after page without a pause.

It begins at its instant; the thinking of people between two pages is not replayed.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple
from uuid import UUID

from services.replay.front_door.pages import Page, has_field, request_id_of
from services.replay.front_door.people import Account
from services.replay.front_door.visitor import Stopped, Visitor

WRONG_PASSWORD: Final = "not-this-one"  # noqa: S105 - nobody's
_SERVER_ERROR: Final = 500


class Refused(Exception):
    """auth itself answers that this link cannot be made: a page of the system, and the end of the walk."""


class Errand(NamedTuple):
    """Who links what where, and how often the CM/ECF password is mistyped before it is right."""

    court_id: str
    pacer: Account
    cmecf: Account
    missed: int = 0


class Confirm(NamedTuple):
    """The last form of a walk: sent once, or again for a copy of the request."""

    path: str
    fields: Mapping[str, str]
    request_id: UUID

    async def send(self, visitor: Visitor) -> str:
        """Send it and return the path of the receipt: the request is committed then. Raises Stopped."""
        there = await visitor.send(self.path, self.fields)
        if isinstance(there, Page):
            raise Stopped(f"not received: {there}")
        return there


async def to_the_question(visitor: Visitor, errand: Errand) -> Confirm:
    """Walk up to the question whether to link. Raises Refused or Stopped."""
    await sign_in(visitor, errand.court_id, errand.pacer)
    place = f"/{errand.court_id}/link"
    who = await visitor.get(place)
    _expect(who, "own_account")
    asked = await visitor.post(place, _form(who) | {"own_account": who.value("own_account") or "yes"})
    _expect(asked, "cmecf_password")
    for _ in range(errand.missed):
        missed = await visitor.post(f"{place}/account", _form(asked) | _cmecf(errand.cmecf.login, WRONG_PASSWORD))
        asked = missed if has_field(missed, "cmecf_password") else asked
    question = await visitor.post(f"{place}/account", _form(asked) | _cmecf(*errand.cmecf))
    if has_field(question, "cmecf_password"):
        raise Stopped(f"CM/ECF login not accepted: {question}")
    _expect(question, "form_token")
    return _confirm(f"{place}/confirm", question)


async def sign_in(visitor: Visitor, court_id: str, account: Account) -> Page:
    """Sign in, acknowledge the redaction notice, and return the page that follows. Raises Stopped."""
    page = await try_password(visitor, court_id, account)
    if has_field(page, "password"):
        raise Stopped(f"not signed in: {page}")
    if page.path.partition("?")[0].endswith("/redaction"):
        page = await visitor.post(
            f"/{court_id}/redaction", _form(page) | {"redaction": page.value("redaction") or "yes"}
        )
    if "/second-factor" in page.path or page.status >= _SERVER_ERROR:
        raise Stopped(f"the sign-in asks for more than a password: {page}")
    return page


async def try_password(visitor: Visitor, court_id: str, account: Account) -> Page:
    """Give a name and a password at a court's sign-in and return the answer. Raises Stopped."""
    path = f"/{court_id}/sign-in"
    page = await visitor.get(path)
    _expect(page, "password")
    return await visitor.post(path, _form(page) | {"username": account.login, "password": account.password})


def _confirm(path: str, question: Page) -> Confirm:
    token = question.value("form_token") or ""
    request_id = request_id_of(token)
    if request_id is None:
        raise Stopped(f"the confirm form does not tell the request's id: {question}")
    both = question.value("both_are_me")
    return Confirm(path, _form(question) | {"form_token": token} | ({"both_are_me": both} if both else {}), request_id)


def _cmecf(login: str, password: str) -> dict[str, str]:
    return {"cmecf_login": login, "cmecf_password": password}


def _form(page: Page) -> dict[str, str]:
    return {"csrf": page.value("csrf") or ""}


def _expect(page: Page, name: str) -> None:
    """Raise unless a page asks for what the next step gives: Refused with its heading where the system said no."""
    if has_field(page, name):
        return
    if page.status >= _SERVER_ERROR:
        raise Stopped(str(page))
    raise Refused(str(page))
