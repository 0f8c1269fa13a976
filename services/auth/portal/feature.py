"""A part of the pages that is made elsewhere: it brings its own addresses and is given door and screens."""

from typing import Protocol

from starlette.routing import BaseRoute

from services.auth.portal.door import Door
from services.auth.portal.screens import Screens


class Feature(Protocol):
    """Second factor, sign-on API, receipts to take away, and the like."""

    def routes(self, door: Door, screens: Screens) -> list[BaseRoute]:
        """Return this part's addresses; they are looked at before the pages' own."""
