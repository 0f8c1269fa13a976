"""Everything that a part of auth may need, joined once when the role starts."""

from dataclasses import dataclass

from services.auth.factors.factors import Factors
from services.auth.linking.walk import LinkWalk
from services.auth.metrics import Metrics
from services.auth.notices.notices import Notices
from services.auth.projection.courts import CourtRegistry
from services.auth.protection.limiter import Limiter
from services.auth.protection.throttles import Throttles
from services.auth.settings import AuthSettings
from services.auth.signon.attempts import Attempts
from services.auth.signon.passwords import Lanes
from services.auth.signon.sign_on import AccountSignOn
from services.runtime.clock import Clock
from services.runtime.database import Pool
from services.runtime.health import Health


@dataclass(frozen=True, kw_only=True)
class Joint:
    """What `features.features` and `features.loops` are given."""

    settings: AuthSettings
    pool: Pool
    leading: Pool
    health: Health
    metrics: Metrics
    clock: Clock
    courts: CourtRegistry
    lanes: Lanes
    attempts: Attempts
    limiter: Limiter
    throttles: Throttles
    notices: Notices
    factors: Factors
    sign_on: AccountSignOn
    linking: LinkWalk
