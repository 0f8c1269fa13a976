"""Makes the guard's stage known here."""

from tests.integration.guard.conftest import guard

__all__ = ["guard"]
