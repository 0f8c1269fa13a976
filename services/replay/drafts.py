"""Files that are there whole or not at all: written beside their name, and put in their place at the end."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

OWNER_ONLY: Final = 0o600
_AS_THE_UMASK_SAYS: Final = 0o666


@contextmanager
def whole_file(path: Path, *, mode: int = _AS_THE_UMASK_SAYS) -> Generator[BinaryIO]:
    """Give a draft to write into; when the block ends well it becomes the file, otherwise it is removed.

    Raises OSError where the disk is full.
    """
    draft = path.with_name(path.name + ".part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
