"""Makes the linker's stand-in known here."""

from tests.mailing.fixtures import linker

__all__ = ["linker"]
