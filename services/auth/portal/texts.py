"""Compares what the pages say with what the catalogues have: `python -m services.auth.portal.language --check`.

Read for texts are the templates, the Python of auth's pages, and the contract's sentences, which e-mails show too.
"""

import io
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from services.auth.portal import words
from services.auth.portal.language import LANGUAGES, SOURCE, catalog_path
from services.contract.reasons import EXPLANATIONS, LINKED_COMMENT, UNLINKED_COMMENT

Text = str | tuple[str, ...]
_Kept = str | tuple[str, ...] | list[str] | None
Keywords = Mapping[str, tuple[int, ...] | None]

_HERE: Final = Path(__file__).parent
_PYTHON: Final[Keywords] = {"_": None, "gettext": None, "marked": None, "ngettext": (1, 2), "form_not_readable": None}
# The three sentences of a fault are texts of their own; Babel takes the arguments of one name as one text's forms.
_FAULTS: Final[tuple[Keywords, ...]] = ({"PageFault": (2,)}, {"PageFault": (3,)}, {"PageFault": (4,)})
_TEMPLATE: Final[Keywords] = {"_": None, "gettext": None, "ngettext": (1, 2)}

_PLACE: Final = re.compile(r"%\(\w+\)s|\{\}")


def main(arguments: list[str]) -> int:
    """Return 0 when every text has its translation; `--update` writes new texts into the catalogues first."""
    said = set(texts())
    missing = 0
    for language in LANGUAGES:
        if language == SOURCE:
            continue
        if "--update" in arguments:
            update(language, said)
        for text in faults_of(language, said):
            missing += 1
            sys.stderr.write(f"{language}: {text}\n")
    sys.stdout.write(f"{len(said)} texts, {missing} missing, unused or unsure\n")
    return 1 if missing else 0


def texts() -> Iterator[Text]:
    """Yield every text that a page can show; one with forms for numbers as a pair."""
    for path in sorted(_HERE.rglob("*.py")):
        for keywords in (_PYTHON, *_FAULTS):
            yield from _extracted("python", path, keywords)
    for path in sorted((_HERE / "templates").rglob("*.html")):
        yield from _extracted("jinja2.ext:babel_extract", path, _TEMPLATE)
    for explanation in EXPLANATIONS.values():
        # A page ends the sentence, an e-mail does not.
        yield from (explanation.sentence, f"{explanation.sentence}.", explanation.next_step)
    yield from (LINKED_COMMENT, UNLINKED_COMMENT, words.LINK, words.APPELLATE_LINK, *words.HINTS, words.APPELLATE_HINT)


def faults_of(language: str, said: set[Text]) -> list[str]:
    """Return the texts of a catalogue that are missing or unsure, and those that no page says any more."""
    kept = {_key(message.id): message for message in catalog(language) if message.id}
    lacking = [text for text in said if (m := kept.get(text)) is None or m.fuzzy or not all(_strings(m.string))]
    torn = [text for text in said - set(lacking) if _places(text) != _places(_key(kept[text].string))]
    return sorted(
        [f"missing: {text}" for text in lacking]
        + [f"other places to fill: {text}" for text in torn]
        + [f"unused: {text}" for text in kept.keys() - said]
    )


def update(language: str, said: set[Text]) -> None:
    """Write the texts of today into a catalogue: new ones without translation, those that are gone left out."""
    known = catalog(language)
    renewed = Catalog(
        locale=language,
        header_comment=f"# The texts of the pages in {LANGUAGES[language]}.",
        project="ecflink",
        version="1",
        msgid_bugs_address="-",
        creation_date=_NO_DATE,
        revision_date=_NO_DATE,
        last_translator="-",
        language_team="-",
        charset="utf-8",
        fuzzy=False,
    )
    for text in sorted(said, key=str):
        old = known.get(text if isinstance(text, str) else text[0])
        renewed.add(text, old.string if old and _key(old.id) == text else None)
    kept = io.BytesIO()
    write_po(kept, renewed, width=120, sort_output=True, omit_header=False)
    catalog_path(language).write_bytes(kept.getvalue())


def catalog(language: str) -> Catalog:
    """Return a language's catalogue as it is kept."""
    path = catalog_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as source:
        return read_po(source, locale=language)


# Written down without the hour, so that the same texts make the same file.
_NO_DATE: Final = datetime(2026, 1, 1, tzinfo=UTC)


def _extracted(method: str, path: Path, keywords: Keywords) -> Iterator[Text]:
    with path.open("rb") as source:
        options = {"trimmed": "true", "encoding": "utf-8"}
        for _line, text, _comments, _context in extract(method, source, keywords, (), options):
            yield text if isinstance(text, str) else tuple(text)


def _key(identity: _Kept) -> Text:
    return identity if isinstance(identity, str) else tuple(identity or ())


def _places(text: Text) -> set[str]:
    return set(_PLACE.findall(" ".join(_strings(text))))


def _strings(string: _Kept) -> list[str]:
    return [string] if isinstance(string, str) else list(string or [""])
