"""Half of an inspection in a process of its own, for large recordings: `python -m services.replay.inspection.aside`.

Blocks of lines go to its standard input; at the end what it found of their contents comes from its standard output.
"""

import pickle
import signal
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from struct import Struct
from typing import BinaryIO, Final, Protocol

from services.replay.inspection.contents import Contents, Found
from services.replay.inspection.glance import Facts, facts_of
from services.replay.outcome import Unusable
from services.replay.recording.uncollected import uncollected
from services.runtime.orphans import die_with_parent

WORTH_IT_COUNT: Final = 200_000
_HEAD: Final = Struct("<QQ")


class Taker(Protocol):
    """Takes the blocks of a recording in their order."""

    def take(self, block: bytes, facts: Facts, line: int) -> None:
        """Take a block, whose facts these are and whose first line is this one. Raises Unusable."""

    def found(self) -> Found:
        """Return what was found. Raises Unusable."""


class _Here:
    """Looks at the contents in this process."""

    def __init__(self) -> None:
        self._contents = Contents()
        self.found = self._contents.found

    def take(self, _: bytes, facts: Facts, line: int) -> None:
        self._contents.add(facts, line)


class _Aside:
    """Hands the blocks over, of which one may wait."""

    def __init__(self, process: subprocess.Popen[bytes], thread: ThreadPoolExecutor) -> None:
        self._process = process
        self._thread = thread
        self._handed: Future[None] = thread.submit(lambda: None)

    def take(self, block: bytes, _: Facts, line: int) -> None:
        self._settle()
        self._handed = self._thread.submit(self._hand_over, block, line)

    def found(self) -> Found:
        self._settle()
        output, _ = self._process.communicate()
        if self._process.returncode:
            raise _ended(self._process.returncode)
        found: Found = pickle.loads(output)  # noqa: S301 - a process of ours wrote it
        return found

    def _hand_over(self, block: bytes, line: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(_HEAD.pack(line, len(block)))
        self._process.stdin.write(block)

    def _settle(self) -> None:
        try:
            self._handed.result()
        except OSError:
            raise _ended(self._process.wait()) from None


def _ended(code: int) -> Unusable:
    return Unusable(f"the process that looks at the contents ended with {code}: it may have lacked memory. Try again")


@contextmanager
def looking_at_contents(count: int) -> Generator[Taker]:
    """Give what takes the blocks of so many records; a process that it started is gone afterwards."""
    if count < WORTH_IT_COUNT:
        yield _Here()
        return
    command = (sys.executable, "-P", "-m", "services.replay.inspection.aside")
    with (
        ThreadPoolExecutor(1, thread_name_prefix="aside") as thread,
        subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - two system calls, no lock
            # So that Ctrl-C at the terminal reaches the command alone.
            start_new_session=True,
        ) as process,
    ):
        try:
            yield _Aside(process, thread)
        finally:
            process.kill()
            with suppress(OSError):  # what still lies in the buffer has no reader any more
                assert process.stdin is not None
                process.stdin.close()


def look(blocks: BinaryIO) -> Found:
    """Return what is found in blocks as they were handed over, up to their end."""
    contents = Contents()
    while head := blocks.read(_HEAD.size):
        line, length = _HEAD.unpack(head)
        contents.add(facts_of(blocks.read(length)), line)
    return contents.found()


def main() -> None:
    """Look at what comes on standard input."""
    with uncollected():
        sys.stdout.buffer.write(pickle.dumps(look(sys.stdin.buffer)))


if __name__ == "__main__":
    main()
