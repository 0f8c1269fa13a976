"""The tickets of two sign-ons, joined and taken apart."""

import pytest

from services.auth.signon.tickets import Tickets


@pytest.mark.parametrize(
    "ticket,own,remote",
    [("", "", ""), ("a.b.c", "a.b.c", ""), ("~r", "", "r"), ("a~r", "a", "r"), ("a~r~s", "a", "r~s")],
)
def test_two_tickets_are_one_text(ticket: str, own: str, remote: str) -> None:
    assert Tickets.of(ticket) == Tickets(own, remote)
    assert str(Tickets(own, remote)) == ticket
