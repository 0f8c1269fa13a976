"""What a walk reads off a page."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.auth.linking.forms import Forms, Proven
from services.replay.front_door.pages import Page, has_field, request_id_of

ID = UUID("01980000-0000-7000-8000-000000000001")
PAGE = Page(
    "/UTBK/link",
    200,
    """<h1 lang="en">Do you  want <b>to</b> link?</h1>
<form><input type="hidden" name="csrf" value="a&amp;b">
<input class="x" id="both_are_me" name="both_are_me" type="checkbox" value="Both &#34;names&#34;" required>
<input id="password" name="password" type="password"></form>""",
)


def token(*, name_length: int = 6) -> str:
    proven = Proven(
        request_id=ID,
        court_id="UTBK",
        pacer_account="111111",
        cmecf_canonical="a" * name_length,
        verifier="accounts:1",
        verified_at=datetime(2026, 11, 2, 18, tzinfo=UTC),
        session="5a" * 32,
    )
    return Forms(b"x" * 40).write(proven)


@pytest.mark.parametrize("name,value", [("csrf", "a&b"), ("both_are_me", 'Both "names"'), ("password", None)])
def test_value_of_an_input_is_found(name: str, value: str | None) -> None:
    assert PAGE.value(name) == value


def test_field_without_a_value_is_a_field() -> None:
    assert has_field(PAGE, "password")
    assert not has_field(PAGE, "username")


def test_heading_is_read_as_it_is_shown() -> None:
    assert str(PAGE) == "/UTBK/link answered 200: Do you want to link?"


@pytest.mark.parametrize("name_length", [6, 900], ids=["plain", "packed"])
def test_request_id_stands_in_the_form_that_auth_signs(name_length: int) -> None:
    assert request_id_of(token(name_length=name_length)) == ID


@pytest.mark.parametrize("text", ["", "x", "a.b.c", ".abc.d", "e30.x"], ids=["empty", "x", "dots", "packed", "other"])
def test_form_without_an_id_tells_none(text: str) -> None:
    assert request_id_of(text) is None
