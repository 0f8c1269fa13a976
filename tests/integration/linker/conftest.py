"""Makes the linkers' stage known here."""

from tests.linking.fixtures import stage

__all__ = ["stage"]
