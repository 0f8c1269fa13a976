"""The receipt of a recorded request to take away: as text, and as a PDF that is the same bytes each time.

The facts are the page's, in its order and in English: they are a record. No page, no session, no clock here.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fpdf import FPDF

from services.auth.portal import moments
from services.auth.portal.words import court_name
from services.contract.courts import Court
from services.contract.reasons import EXPLANATIONS, comment_of
from services.contract.requests import RequestKind
from services.contract.transactions import LinkTransaction, TransactionStatus

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


class Paper(NamedTuple):
    """What a receipt says: its title, where it is from, the facts by name, what to do next, and when it was made."""

    title: str
    court: str
    facts: tuple[tuple[str, str], ...]
    next_step: str
    at: datetime


def paper_of(transaction: LinkTransaction, court: Court) -> Paper:
    """Return what the receipt of a transaction says."""
    request = transaction.request
    local = moments.court_local(request.confirmed_at, court.timezone)
    facts = [
        ("Account Number", request.pacer_account),
        ("Court", court.title.upper()),
        ("Date/Time Submitted", moments.central(request.confirmed_at)),
        *([("Court local time", local)] if local else []),
        ("Transaction ID", str(transaction.transaction_id)),
        ("Request", request.request.value),
        ("Transaction Status", transaction.status.value),
        ("Comment", comment_of(request.request, transaction.reason)),
        ("PACER", request.pacer_name),
        ("CM/ECF", f"{request.cmecf_name} (login {request.cmecf_login})"),
        *([("Link that stands", f"transaction {transaction.cites}")] if transaction.cites else []),
    ]
    next_step = EXPLANATIONS[transaction.reason].next_step if transaction.reason else ""
    return Paper(_title(transaction), court_name(court), tuple(facts), next_step, request.confirmed_at)


def as_text(paper: Paper) -> bytes:
    """Return the receipt as UTF-8 text, one fact a line."""
    lines = [paper.title, paper.court, "", *(f"{name}: {value}" for name, value in paper.facts)]
    lines += ["", f"What to do next: {paper.next_step}"] if paper.next_step else []
    return ("\r\n".join(lines) + "\r\n").encode()


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


def _title(transaction: LinkTransaction) -> str:
    if transaction.request.request is RequestKind.UNLINK:
        return "Your accounts were unlinked by order of the court"
    if transaction.status is not TransactionStatus.PROCESSED:
        return "Your accounts were not linked"
    return "Your accounts were already linked" if transaction.reason else "Your accounts are linked"


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
