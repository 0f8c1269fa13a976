"""Which fields of the events say something of a person, and of what kind: the one list that `--redact` goes by.

A field that is not in it is not written; a test holds the list against the models of the contract.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.contract.courts import Court
from services.contract.deliveries import MailDelivered
from services.contract.fields import Event
from services.contract.logins import LoginAttempted
from services.contract.notices import FilerNotified
from services.contract.requests import LinkRequested
from services.contract.throttles import LoginThrottled
from services.contract.transactions import LinkTransaction


class Kind(StrEnum):
    """What becomes of a field. `KEPT` stays, `REQUEST` is a request inside, the others get a pseudonym."""

    KEPT = "kept"
    NAME = "name"
    MAIL = "mail"
    LOGIN = "login"
    ACCOUNT = "account"
    ADDRESS = "address"
    TEXT = "text"
    CODE = "code"
    DERIVED_ID = "derived id"
    SUBJECT = "subject"
    REQUEST = "request"


def _kept(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, Kind.KEPT)


PERSONAL: Final[Mapping[type[Event], Mapping[str, Kind]]] = {
    # What is known of a court is in the public register, its help desk too.
    Court: _kept(*Court.model_fields),
    LinkRequested: {
        **_kept("request_id", "request", "court_id", "court_live_at", "pacer_upgraded"),
        **_kept("verifier_version", "verified_at", "confirmed_at"),
        "pacer_account": Kind.ACCOUNT,
        "pacer_name": Kind.NAME,
        "pacer_email": Kind.MAIL,
        "cmecf_login": Kind.LOGIN,
        "cmecf_canonical": Kind.LOGIN,
        "cmecf_name": Kind.NAME,
        "cmecf_email": Kind.MAIL,
        "reason": Kind.TEXT,
        "ordered_by": Kind.NAME,
    },
    LinkTransaction: {
        **_kept("transaction_id", "seq", "status", "reason", "cites"),
        "request": Kind.REQUEST,
    },
    MailDelivered: _kept("delivery_id", "transaction_id", "request_id", "letter", "state", "attempts", "changed_at"),
    LoginAttempted: {
        **_kept("court_id", "credential", "outcome", "attempts", "attempted_at", "via", "step"),
        "account": Kind.LOGIN,
        "address_prefix": Kind.ADDRESS,
    },
    LoginThrottled: {
        **_kept("kind", "reason", "failures", "since", "until"),
        "subject": Kind.SUBJECT,
    },
    FilerNotified: {
        **_kept("kind", "noted_at", "court_id", "live_at", "old_way_until", "factor", "change", "expires_at"),
        # The id of a go-live notice is made of court and login: whoever guesses a login could prove it.
        "notice_id": Kind.DERIVED_ID,
        "recipient_name": Kind.NAME,
        "recipient_email": Kind.MAIL,
        "pacer_account": Kind.ACCOUNT,
        "cmecf_login": Kind.LOGIN,
        "factor_label": Kind.TEXT,
        "sealed_code": Kind.CODE,
    },
}
