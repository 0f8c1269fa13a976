"""Writes a report into a file, whole or not at all."""

from pathlib import Path
from typing import Final

from services.replay.drafts import whole_file
from services.replay.outcome import Unusable
from services.replay.report.evidence import read_evidence
from services.replay.report.page import page

FILE_NAME: Final = "report.html"


def write_report(folder: Path) -> Path:
    """Make the page of a run, put it into the run's folder as report.html, and return its path. Raises Unusable."""
    return save(page(read_evidence(folder)), folder / FILE_NAME)


def save(text: str, path: Path) -> Path:
    """Write a file, and return its path. Raises Unusable."""
    try:
        with whole_file(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror}; the run's own files are as they were") from None
    return path
