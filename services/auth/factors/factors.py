"""The rules of the second factor: what an account has, which stage a sign-in begins with, whether a code is right.

All pure but `take`, which uses a code up. The facts come with the row of the account: every sign-in runs the same SQL.
"""

import re
from datetime import datetime
from typing import Final, Protocol

from services.auth.factors import backup, store, totp
from services.auth.factors.facts import FACTS_COLUMNS, FactorFacts, TotpFact, Use
from services.auth.factors.seal import FactorSeal
from services.auth.factors.settings import FactorPolicy, FactorSettings
from services.auth.portal.ports import Stage
from services.runtime.database import Pool, acquired

__all__ = ["FACTS_COLUMNS", "FactorFacts", "Factors", "Holder", "TotpFact", "Use", "normalized"]

_CODE_LENGTH_MAX: Final = 64
_IGNORED: Final = re.compile(r"[\s\u00a0\u2010-\u2015-]+")


class Holder(Protocol):
    """What the rules look at of an account."""

    @property
    def pacer_account(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def upgraded(self) -> bool: ...

    @property
    def factor_skips(self) -> int: ...

    @property
    def factors(self) -> FactorFacts: ...


class Factors:
    """The second factors of this deployment."""

    def __init__(self, pool: Pool, settings: FactorSettings) -> None:
        self._pool = pool
        self._settings = settings
        self.seal = FactorSeal(settings.factor_secret.get_secret_value())

    def stage_of(self, account: Holder, policy: FactorPolicy | str | None = None) -> Stage:
        """Return the stage in which a session begins after the right password. `policy` is the setting's if not given.

        Under `prompted` whoever may file is asked to enrol, and restricted to enrolling when the skips are used up.
        """
        if account.factors.enrolled:
            return Stage.FACTOR_DUE
        may_file = account.upgraded and account.kind == "individual"
        if (policy or self._settings.factor_policy) != FactorPolicy.PROMPTED or not may_file:
            return Stage.FULL
        skips_left = self._settings.factor_skips_max - account.factor_skips
        return Stage.ENROL_OFFERED if skips_left > 0 else Stage.RESTRICTED

    def check(self, facts: FactorFacts, account_number: str, code: str, now: datetime) -> Use | None:
        """Return what a typed code would use up, None when it is wrong. Blanks and dashes do not count."""
        typed = normalized(code)
        if re.fullmatch(rf"[0-9]{{{totp.DIGITS}}}", typed):
            return self._app(facts, typed, now)
        if len(typed) == backup.LENGTH:
            digest = self.seal.backup_digest(account_number, typed)
            return Use(digest=digest) if digest in facts.backup else None
        return None

    def _app(self, facts: FactorFacts, typed: str, now: datetime) -> Use | None:
        for app in facts.totp:
            seed = self.seal.open_seed(app.factor_id, app.secret)
            step = None if seed is None else totp.matching_step(seed, typed, now, after=app.last_step)
            if step is not None:
                return Use(factor_id=app.factor_id, step=step)
        return None

    async def take(self, account: Holder, code: str, now: datetime) -> bool:
        """Use a code up; False when it is wrong or somebody was faster. Raises Transient without Postgres.

        For the API; the challenge page uses a code up in the transaction that opens the session.
        """
        use = self.check(account.factors, account.pacer_account, code, now)
        if use is None:
            return False
        async with acquired(self._pool) as connection, connection.transaction():
            return await store.use_up(connection, account.pacer_account, use, now)


def normalized(code: str) -> str:
    """Return a typed code without blanks and dashes, in capitals; empty when it is too long to be one."""
    return _IGNORED.sub("", code).upper() if len(code) <= _CODE_LENGTH_MAX else ""
