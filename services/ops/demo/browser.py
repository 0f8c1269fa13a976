"""A browser without a screen: follows links and fills in forms by the words that stand on the page.

It knows no address but the first one, and sends nothing that a form on the page does not hold.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from services.ops.demo.page import Form, Page

ANSWER_S_MAX: Final = 30.0


class NotAsExpected(Exception):
    """A page lacks what the walk needs of it. The message says which page and what it holds instead."""


def client(base_url: str) -> httpx.Client:
    """Return an HTTP client that keeps cookies and goes where it is sent."""
    return httpx.Client(base_url=base_url, follow_redirects=True, timeout=httpx.Timeout(ANSWER_S_MAX))


class Browser:
    """Shows one page at a time, beginning with the one at `path`."""

    def __init__(self, http: httpx.Client, path: str = "/") -> None:
        self._http = http
        self._show(http.get(path))

    def open(self, path: str) -> None:
        """Go to an address, as if it had been typed."""
        self._show(self._http.get(path))

    def reload(self) -> None:
        """Load this page once more."""
        self._show(self._http.get(self.address))

    def follow(self, text: str) -> None:
        """Click the link with this text."""
        for link in self.page.links:
            if link.text == text:
                self._show(self._http.get(urljoin(self.address, link.address)))
                return
        raise NotAsExpected(f"no link {text!r} on {self._told()}; links: {[link.text for link in self.page.links]}")

    def submit(self, button: str, fields: Mapping[str, str] | None = None, *, tick: str = "") -> None:
        """Fill in the form that has this button, and press it."""
        form = self._form(button)
        values = form.fields | dict(fields or {})
        if unknown := set(values) - set(form.fields):
            raise NotAsExpected(f"the form with {button!r} on {self._told()} has no field {sorted(unknown)}")
        if tick:
            values[tick] = form.ticks[tick]
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.address))
        self._show(self._http.post(urljoin(self.address, form.action), data=values, headers={"Origin": origin}))

    def expect(self, *texts: str) -> None:
        """Raise NotAsExpected unless the page holds each of these texts."""
        for text in texts:
            if text not in self.page.text:
                raise NotAsExpected(f"{text!r} is not on {self._told()}: {self.page.text[:600]}")

    def _form(self, button: str) -> Form:
        for form in self.page.forms:
            if button in form.buttons:
                return form
        raise NotAsExpected(f"no button {button!r} on {self._told()}")

    def _show(self, response: httpx.Response) -> None:
        self.address = str(response.url)
        self.status = response.status_code
        self.headers = response.headers
        self.page = Page(response.text)

    def _told(self) -> str:
        return f"{self.address} ({self.status}, {self.page.title!r})"
