"""What an account has of second factors, and taking one away again."""

from typing import Final
from uuid import UUID

from starlette.responses import Response

from services.auth.factors.enrolment import PASSKEY_COUNT_MAX, Enrolled, Enrolment
from services.auth.factors.settings import FactorPolicy, FactorSettings
from services.auth.factors.totp import APP_COUNT_MAX
from services.auth.portal.faults import page_not_found
from services.auth.portal.pages.factors.ways import MANAGE
from services.auth.portal.ports import SignOn
from services.auth.portal.screens import Screens
from services.auth.portal.stages import PROVE_AGAIN, proof_due
from services.auth.portal.visit import SignedVisit, see_other
from services.runtime.clock import Clock

REMOVAL_PROOF_AGE_S_MAX: Final = 600
BACKUP: Final = "backup-codes"
_DONE: Final = frozenset({"app", "passkey", "removed", "ended"})


class ManagePages:
    """/UTBK/utilities/second-factor."""

    def __init__(
        self,
        *,
        screens: Screens,
        sign_on: SignOn,
        enrolment: Enrolment,
        settings: FactorSettings,
        passkeys: bool,
        now: Clock,
    ) -> None:
        self._screens = screens
        self._sign_on = sign_on
        self._enrolment = enrolment
        self._settings = settings
        self._passkeys = passkeys
        self._now = now

    async def show(self, visit: SignedVisit) -> Response:
        """GET …/utilities/second-factor: the list."""
        has = await self._enrolment.enrolled(visit.session)
        done = visit.query.get("done", "")
        return self._screens.show(
            "factors/manage.html",
            visit,
            has=has,
            passkeys=self._passkeys,
            app_count_max=APP_COUNT_MAX,
            passkey_count_max=PASSKEY_COUNT_MAX,
            done=done if done in _DONE else "",
            others=len(await self._sign_on.sessions_of(visit.session.filer)) - 1,
        )

    async def ask(self, visit: SignedVisit) -> Response:
        """GET …/remove/{what}: what would go and what remains. Asks for the password first if it is long ago."""
        if proof_due(visit.session, self._now(), REMOVAL_PROOF_AGE_S_MAX):
            return see_other(f"{visit.address(PROVE_AGAIN)}?next={visit.path}")
        has = await self._enrolment.enrolled(visit.session)
        factor_id, label = _named(visit, has)
        remain = [factor.label for factor in has.factors if factor.factor_id != factor_id]
        backup_left = has.backup_left if factor_id is not None else 0
        return self._screens.show(
            "factors/remove.html",
            visit,
            label=label,
            remain=remain,
            backup_left=backup_left,
            last=not remain and not backup_left,
            prompted=self._settings.factor_policy is FactorPolicy.PROMPTED,
        )

    async def remove(self, visit: SignedVisit) -> Response:
        """POST …/remove/{what}."""
        if proof_due(visit.session, self._now(), REMOVAL_PROOF_AGE_S_MAX):
            return see_other(f"{visit.address(PROVE_AGAIN)}?next={visit.path}")
        await self._enrolment.remove(visit.session, visit.client, _factor_id(visit))
        return see_other(visit.address(f"{MANAGE}?done=removed"))

    async def end_others(self, visit: SignedVisit) -> Response:
        """POST …/end-others: log out everywhere else."""
        await self._sign_on.end_others(visit.session)
        return see_other(visit.address(f"{MANAGE}?done=ended"))


def _factor_id(visit: SignedVisit) -> UUID | None:
    what: str = visit.request.path_params["what"]
    if what == BACKUP:
        return None
    try:
        return UUID(what)
    except ValueError:
        raise page_not_found() from None


def _named(visit: SignedVisit, has: Enrolled) -> tuple[UUID | None, str]:
    factor_id = _factor_id(visit)
    if factor_id is None:
        return None, ""
    label = next((factor.label for factor in has.factors if factor.factor_id == factor_id), None)
    if label is None:
        raise page_not_found()
    return factor_id, label
