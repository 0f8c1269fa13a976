"""The optional parts of auth: what they add to the pages, and the loops that they run beside them."""

from collections.abc import Callable, Coroutine
from functools import partial

from services.auth.api.routes import Api
from services.auth.factors.upkeep import sweep as factor_sweep
from services.auth.joint import Joint
from services.auth.notices.announce import Announcer
from services.auth.portal.feature import Feature
from services.auth.portal.pages.factors.feature import FactorPages
from services.auth.portal.pages.receipts import ReceiptPages


def features(joint: Joint) -> list[Feature]:
    """Return the parts that bring addresses of their own."""
    return [
        # one part a line
        FactorPages(joint),
        Api(joint.sign_on, joint.settings, joint.clock),
        ReceiptPages(joint.linking),
    ]


def loops(joint: Joint) -> list[Callable[[], Coroutine[None, None, None]]]:
    """Return what runs beside the pages for as long as auth does."""
    return [
        # one loop a line
        partial(joint.throttles.run, joint.health),
        Announcer(joint).run,
        partial(factor_sweep, joint.pool, joint.clock),
    ]
