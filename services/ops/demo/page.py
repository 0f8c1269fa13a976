"""A page as a person reads it: headings, links, forms, and the lines of its lists of facts; from the HTML alone."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_CAPTURED: Final = frozenset({"title", "h1", "h2", "h3", "a", "dt", "dd", "label", "button"})
_IGNORED_INPUTS: Final = frozenset({"checkbox", "radio", "submit", "reset", "button"})


@dataclass
class Form:
    """A form with what its fields hold already; `ticks` are its check boxes by name."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    ticks: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Link:
    text: str
    address: str


class Page(HTMLParser):
    """Reads one page; `text` is all that is shown, blanks folded."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.headings: list[str] = []
        self.links: list[Link] = []
        self.forms: list[Form] = []
        self.facts: dict[str, str] = {}
        self._form: Form | None = None
        self._open: list[tuple[str, list[str], str]] = []
        self._term = ""
        self._words: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """All words of the page."""
        return _folded(self._words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a form, a field or a piece of text begins."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(attributes.get("method", "get").lower(), attributes.get("action", ""))
            self.forms.append(self._form)
        elif tag == "input" and self._form is not None:
            self._field(self._form, attributes)
        elif tag in _CAPTURED:
            self._open.append((tag, [], attributes.get("href", "")))

    def handle_endtag(self, tag: str) -> None:
        """Note what the piece of text was."""
        if tag == "form":
            self._form = None
        if not self._open or self._open[-1][0] != tag:
            return
        _, words, address = self._open.pop()
        text = _folded(words)
        match tag:
            case "title":
                self.title = text
            case "h1" | "h2" | "h3":
                self.headings.append(text)
            case "a":
                self.links.append(Link(text, address))
            case "dt":
                self._term = text
            case "dd":
                self.facts[self._term] = text
            case "button" if self._form is not None:
                self._form.buttons.append(text)

    def handle_data(self, data: str) -> None:
        """Collect words."""
        self._words.append(data)
        for _, words, _ in self._open:
            words.append(data)

    @staticmethod
    def _field(form: Form, attributes: dict[str, str]) -> None:
        name, kind, value = attributes.get("name", ""), attributes.get("type", "text"), attributes.get("value", "")
        if kind == "checkbox":
            form.ticks[name] = value or "on"
        elif name and kind not in _IGNORED_INPUTS:
            form.fields[name] = value


def _folded(words: list[str]) -> str:
    return " ".join("".join(words).split())
