"""The receipt as a PDF that is the same bytes each time.

Its libraries are large: this is imported when the first receipt is asked for.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fpdf import FPDF

from services.auth.portal.pages.papers import Paper

LANGUAGE: Final = "en-US"
UNDRAWN: Final = "\N{REPLACEMENT CHARACTER}"
_FONT_PATH: Final = Path(__file__).parents[1] / "fonts" / "Roboto-Regular.ttf"
_FONT: Final = "Roboto"
_UNDRAWN_NOTE: Final = (
    f"{UNDRAWN} stands for a character that this file has no letter for. The receipt as text has every character."
)
_TITLE_PT: Final = 16
_BODY_PT: Final = 11
_LINE_MM: Final = 6.5
_NAME_MM: Final = 58


def as_pdf(paper: Paper) -> bytes:
    """Return the receipt as a tagged PDF of one page. Computes for a while: not on the event loop."""
    pdf = _Tagged(format="letter")
    pdf.set_title(paper.title)
    pdf.set_lang(LANGUAGE)
    pdf.set_creation_date(paper.at)
    pdf.add_font(_FONT, fname=_FONT_PATH)
    pdf.add_page()
    drawn = _drawable(paper)
    with pdf.tagged("H1"):
        _write(pdf, drawn.title, size_pt=_TITLE_PT)
    with pdf.tagged("P"):
        _write(pdf, drawn.court)
    pdf.ln(_LINE_MM)
    for name, value in drawn.facts:
        with pdf.tagged("P"):
            _fact(pdf, name, value)
    for note in (f"What to do next: {drawn.next_step}" if drawn.next_step else "", _note(drawn)):
        if note:
            pdf.ln(_LINE_MM)
            with pdf.tagged("P"):
                _write(pdf, note)
    return bytes(pdf.output())


class _Tagged(FPDF):
    """The library tags pictures alone; text is tagged in the same way here, as a paragraph or heading."""

    @contextmanager
    def tagged(self, kind: str) -> Generator[None]:
        number = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=f"/{kind}", mcid=number)
        self._out(f"/{kind} <</MCID {number}>> BDC")
        yield
        self._out("EMC")


def _write(pdf: FPDF, text: str, *, size_pt: int = _BODY_PT) -> None:
    pdf.set_font(_FONT, size=size_pt)
    pdf.multi_cell(0, _LINE_MM, text, new_x="LMARGIN", new_y="NEXT", align="L")


def _fact(pdf: FPDF, name: str, value: str) -> None:
    pdf.set_font(_FONT, size=_BODY_PT)
    pdf.cell(_NAME_MM, _LINE_MM, f"{name}:")
    pdf.multi_cell(0, _LINE_MM, value, new_x="LMARGIN", new_y="NEXT", align="L")


def _drawable(paper: Paper) -> Paper:
    """Return the same with a mark for every character that the font has no letter for."""
    with TTFont(_FONT_PATH, lazy=True) as font:
        letters = font.getBestCmap()

    def drawn(text: str) -> str:
        return "".join(letter if ord(letter) in letters else UNDRAWN for letter in text)

    facts = tuple((name, drawn(value)) for name, value in paper.facts)
    return paper._replace(facts=facts)


def _note(paper: Paper) -> str:
    return _UNDRAWN_NOTE if any(UNDRAWN in value for _, value in paper.facts) else ""
