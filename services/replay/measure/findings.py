"""Asks a run's questions and writes every id that they find into `audit.json`; a few of them are kept in memory."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import orjson

from services.audit.promises.questions import Question
from services.audit.snapshot import Snapshot
from services.replay.measure.results import AuditSummary, Finding
from services.replay.outcome import Unusable

FILE_NAME: Final = "audit.json"
SHOWN_COUNT_MAX: Final = 20


class AuditFile:
    """`audit.json` while it is written: first the findings with all their ids, at last the summary.

    Raises Unusable where it cannot be written. What was not finished is removed: the result needs the room.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._draft = self._path.with_suffix(".json.part")
        self._parts = count()

    def __enter__(self) -> Self:
        with self._told():
            self._file = self._draft.open("wb")
            self._write(b'{"findings": [')
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):  # what it could not write was told, or is not wanted
            self._file.close()
        with suppress(OSError):
            self._draft.unlink(missing_ok=True)

    async def ask(self, questions: Iterable[Question], view: Snapshot) -> list[Finding]:
        """Return what was found, each with its first ids."""
        return [found for question in questions if (found := await self._one(question, view)).count]

    async def _one(self, question: Question, view: Snapshot) -> Finding:
        total, shown = 0, list[str]()
        async for block in view.rows(question.sql):
            ids = [row["id"] for row in block]
            if not total:
                self._write(b",\n" if next(self._parts) else b"\n")
                self._write(b'{"what": ' + orjson.dumps(question.what) + b', "ids": [')
            self._write((b",\n" if total else b"\n") + b",\n".join(map(orjson.dumps, ids)))
            shown += ids[: SHOWN_COUNT_MAX - len(shown)]
            total += len(ids)
        if total:
            self._write(b'], "count": ' + str(total).encode() + b"}")
        return Finding(what=question.what, count=total, ids=shown)

    def close(self, summary: AuditSummary) -> None:
        """End the file with the summary, and give it its name."""
        with self._told():
            self._write(b'],\n"summary": ' + summary.model_dump_json().encode() + b"}\n")
            self._file.flush()
            self._draft.replace(self._path)

    def _write(self, part: bytes) -> None:
        with self._told():
            self._file.write(part)

    @contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise Unusable(f"{self._path}: {error.strerror}: what the audit found could not be written") from None
