"""Templates compiled once and filled by splice: a line for each fact, and a line whose fact is empty disappears.

Not a template language: there are no conditions, no loops, and nothing in a value is ever read as a template.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Final, NamedTuple

CRLF: Final = "\r\n"
_FRAME: Final = "frame.html"
_NAME = re.compile(r"\{([a-z_]+)\}")


class _Line(NamedTuple):
    """One line, its `%s` places and the names of the values that go there; no names: it always stands."""

    text: str
    names: tuple[str, ...]


class Template:
    """Lines with `{name}` places. Line ends become CRLF, as mail has them."""

    def __init__(self, text: str) -> None:
        self._lines = tuple(_compiled(line) for line in text.splitlines())

    @classmethod
    def load(cls, name: str) -> "Template":
        """Read a template of this package."""
        return cls(_read(name))

    @classmethod
    def framed(cls, name: str) -> "Template":
        """Read a template of this package whose first line is its title, and put it into the frame of all letters."""
        title, _, body = _read(name).partition("\n")
        return cls(_read(_FRAME).replace("{title}", title).replace("{body}", body.rstrip("\n")))

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with the values in place. A line any of whose values is empty is left out."""
        done = []
        for text, names in self._lines:
            if not names:
                done.append(text)
                continue
            given = tuple([values[name] for name in names])
            if all(given):
                done.append(text % given)
        return CRLF.join(done).rstrip(CRLF) + CRLF


def _read(name: str) -> str:
    return files("services.notifier.letters").joinpath(name).read_text(encoding="utf-8")


def _compiled(line: str) -> _Line:
    names = tuple(_NAME.findall(line))
    # A line without places is never run through `%`, so only the others double their percent signs.
    return _Line(_NAME.sub("%s", line.replace("%", "%%")) if names else line, names)
