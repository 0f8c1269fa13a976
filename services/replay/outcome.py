"""How a replay command ends: the exit codes, the two kinds of trouble that carry one, and how they are told.

Every command of `ecflink replay` runs inside `exiting`: trouble becomes one message on standard error and its code,
never a stack trace. Ctrl-C passes through; the command line turns it into 130.
"""

from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum

from services.runtime.faults import Halt, Permanent, Transient
from services.runtime.screen import warn
from services.runtime.settings import SettingsFault


class Code(IntEnum):
    """The exit codes. Where several apply to a run, the verdict says which one counts."""

    DONE = 0
    UNUSABLE = 1
    SLO_MISSED = 2
    AUDIT_FAILED = 3
    NO_CONNECTION = 4
    GENERATOR_LIMITED = 5
    INTERRUPTED = 130


class Unusable(Exception):
    """What was given cannot be used. The message says what and where, what was kept, and how to go on."""

    code = Code.UNUSABLE


class NoConnection(Exception):
    """A server does not answer, or went away and did not come back. The message says which, and what was kept."""

    code = Code.NO_CONNECTION


@contextmanager
def exiting() -> Generator[None]:
    """Run a command as the block of a `with`, or decorated: trouble is told and raised as SystemExit with its code."""
    try:
        yield
    except (Unusable, NoConnection) as trouble:
        raise _told(trouble, trouble.code) from None
    except Transient as trouble:
        raise _told(trouble, Code.NO_CONNECTION) from None
    except (Permanent, Halt, SettingsFault) as trouble:
        raise _told(trouble, Code.UNUSABLE) from None


def _told(trouble: Exception, code: Code) -> SystemExit:
    warn(f"ecflink replay: {trouble}")
    return SystemExit(int(code))
