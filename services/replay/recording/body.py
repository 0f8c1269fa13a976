"""The file of a recording while it is written: a first line that can be written anew, and blocks one after another."""

import os
from collections.abc import Callable
from hashlib import sha256
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Final, Self

from services.replay.outcome import Unusable

_OWNER_ONLY: Final = 0o600


class Body:
    """A file, and the digest and length of what its blocks hold. Methods raise OSError; a block that could not be
    written whole is taken back, so that the file always ends with a whole one, and no other comes after it: a hole in
    the middle would not be seen.
    """

    def __init__(self, file: FileIO) -> None:
        self.digest = sha256()
        self.length = 0
        self._file = file
        self._fault: OSError | None = None

    @classmethod
    def create(cls, path: Path, *, replace: bool) -> Self:
        """Make a file that its owner alone can read, as real events are in it. Raises Unusable."""
        kind = os.O_TRUNC if replace else os.O_EXCL
        try:
            return cls(FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | kind, _OWNER_ONLY), "r+"))
        except OSError as error:
            raise _not_made(path, error) from None

    def put_first(self, content: bytes) -> None:
        """Write the first member, or write it anew: it has always the same length."""
        self._file.seek(0)
        self._write(content)
        self._file.seek(0, os.SEEK_END)

    def append(self, content: bytes, packed: Callable[[bytes], bytes]) -> None:
        """Add a block. After one that could not be written every other raises the same error."""
        if self._fault is not None:
            raise self._fault
        end = self._file.tell()
        try:
            self._write(packed(content))
        except OSError as fault:
            self._fault = fault
            self._file.truncate(end)
            self._file.seek(end)
            raise
        self.digest.update(content)
        self.length += len(content)

    def _write(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            left = left[self._file.write(left) :]

    def to_disk(self) -> None:
        """Return when the disk has it."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def new_file(path: Path) -> BinaryIO:
    """Make a file of another form, also for its owner alone. Raises Unusable."""
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_EXCL, _OWNER_ONLY), "wb")
    except OSError as error:
        raise _not_made(path, error) from None


def _not_made(path: Path, error: OSError) -> Unusable:
    if isinstance(error, FileExistsError):
        return Unusable(f"{path} is there already: name another file, or remove it first")
    return Unusable(f"{path} cannot be made: {error.strerror}")
