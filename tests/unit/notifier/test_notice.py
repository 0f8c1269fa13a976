"""The notice to the owner of the CM/ECF account: who gets it, and what it says."""

import pytest

from services.contract.deliveries import LetterKind
from services.contract.requests import RequestKind
from tests.unit.notifier.writing import mails, parsed, text, transaction


def test_the_owner_is_told_by_whom_and_whom_to_call() -> None:
    notice = parsed(mails(transaction(cmecf_email="aty@example.com"))[LetterKind.OWNER_NOTICE])
    body = text(notice)
    assert notice["To"] == "Aty Alex <aty@example.com>"
    assert "Your CM/ECF account was linked to the PACER account named below." in body
    assert "PACER account: Alex Attorney (account number ***111)\n" in body
    assert "call the help desk of the court at once: 801-524-6576" in body
    assert "111111" not in body


def test_the_owner_is_told_of_an_unlink() -> None:
    made = transaction(
        request=RequestKind.UNLINK, order="wrong person", ordered_by="Clerk Chris", cmecf_email="aty@example.com"
    )
    assert "no longer linked" in text(parsed(mails(made)[LetterKind.OWNER_NOTICE]))


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"cmecf_email": "ALEX.Attorney@Example.org"},
        {"cmecf_email": "aty@example.com", "reason": "ALREADY_LINKED"},
        {"cmecf_email": "aty@example.com", "status": "Rejected", "reason": "PACER_LEGACY"},
    ],
)
def test_nobody_is_told_twice_or_of_nothing(facts: dict[str, str]) -> None:
    assert set(mails(transaction(**facts))) == {LetterKind.RECORD}
