"""Templates of letters: one frame around each HTML letter, and lines that disappear with their facts."""

from importlib.resources import files

import pytest

from services.notifier.letters.template import Template

LETTERS = sorted(
    entry.name
    for entry in files("services.notifier.letters").iterdir()
    if entry.name.endswith(".html") and entry.name != "frame.html"
)


@pytest.mark.parametrize("name", LETTERS)
def test_each_html_letter_is_one_whole_page(name: str) -> None:
    page = Template.framed(name).fill(_Anything())
    assert page.startswith("<!DOCTYPE html>\r\n")
    assert page.endswith("</body>\r\n</html>\r\n")
    assert [page.count(tag) for tag in ("<head>", "<title>", "</title>\r\n</head>", "<body", "{")] == [1, 1, 1, 1, 0]


def test_line_disappears_with_its_fact() -> None:
    assert Template("Always\nCourt: {court}\n100 %\n").fill({"court": ""}) == "Always\r\n100 %\r\n"


class _Anything(dict[str, str]):
    """A value for every name."""

    def __missing__(self, name: str) -> str:
        return name
