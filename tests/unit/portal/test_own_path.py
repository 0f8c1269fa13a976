"""Where a filer may be sent on to: a page of ours and nothing that a browser could take for another site."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.portal.door import own_path

OURS = [
    "/UTBK/menu",
    "/CTBK/link/confirm",
    "/UTBK/utilities/second-factor",
    "/UTBK/link/requests/0197a3c0-0000-7000-8000-000000000000",
    "/UTBK/link/requests/0197a3c0-0000-7000-8000-000000000000.txt",
    "/UTBK/link/requests/0197a3c0-0000-7000-8000-000000000000.pdf",
]
NOT_OURS = [
    "",
    "menu",
    "//evil.example",
    "//evil.example/UTBK/menu",
    "/\\evil.example",
    "\\/evil.example",
    "https://evil.example/UTBK/menu",
    "https:/UTBK/menu",
    "javascript:alert(1)",
    "/UTBK//evil",
    "/UTBK/%2f%2fevil.example",
    "/UTBK/menu?next=//evil.example",
    "/UTBK/menu#x",
    "/UTBK/menu\n",
    "/UTBK/menu\r\nSet-Cookie: a=b",
    "/UTBK/\x00",
    "/UTBK/menu\u2028",
    " /UTBK/menu",
    "/UTBK/../CTBK/menu",
    "/UTBK/./menu",
    "/utbk/menu",
    "/services/cso-auth",
    "/static/site.css",
    "/UTBK/\uff4denu",
    "/UTBK/menu.exe",
    "/UTBK/" + "a" * 41,
    "/UTBK/a/b/c/d/e",
]


@pytest.mark.parametrize("path", OURS)
def test_page_of_any_court_is_ours(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize("path", NOT_OURS)
def test_anything_else_is_not(path: str) -> None:
    assert own_path(path) == ""


@given(st.text(alphabet="/\\UTBK.:?#%2f@\t\n\r aé", max_size=24) | st.text(max_size=24))
def test_what_passes_never_leaves_the_site(text: str) -> None:
    kept = own_path(text)
    parts = urlsplit(kept)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert not kept.startswith("//")
    assert "\\" not in kept
