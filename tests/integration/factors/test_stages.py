"""Any order of signing in, skipping, enrolling, answering and removing, in several browsers, on a real Postgres.

After each step the database and the pages agree with a plain model: skips never exceed their bound, and a session that
owes a factor or is restricted reaches no menu.
"""

import asyncio
import re
from collections.abc import Coroutine
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from services.auth.portal.ports import Stage
from services.auth.signon.sessions import digest
from services.ops.account_import import write
from services.runtime.database import acquired
from tests.backends.databases import Databases
from tests.integration.factors.conftest import ACCOUNT, ALEX, SEAL, Filer, Site, joined

SKIPS_MAX = 3
MANAGE = "/UTBK/utilities/second-factor"
_PERMIT = """
INSERT INTO auth.security_codes (pacer_account, digest, sent_at, expires_at, taken_at) VALUES ($1, $2, $3, $4, $3)
ON CONFLICT (pacer_account) DO UPDATE SET digest = excluded.digest, taken_at = excluded.taken_at"""
_ADDRESSES = count(1)


class Stages(RuleBasedStateMachine):
    """`browsers` pairs each open browser with the stage that the model has for it."""

    site: Site
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.skips = 0
        self.codes: list[str] = []
        self.browsers: list[tuple[Filer, Stage]] = []
        self.run(self._clean())

    def run[Result](self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    @rule()
    def sign_in(self) -> None:
        number = next(_ADDRESSES)
        filer = self.site.filer(f"10.{number // 250}.{number % 250}.1")
        self.run(filer.sign_in())
        unenrolled = Stage.ENROL_OFFERED if self.skips < SKIPS_MAX else Stage.RESTRICTED
        self.browsers.append((filer, Stage.FACTOR_DUE if self.codes else unenrolled))

    @precondition(lambda self: self.browsers)
    @rule(data=st.data())
    def skip(self, data: st.DataObject) -> None:
        place, filer, stage = self._chosen(data)
        self.run(self._post(filer, "/UTBK/second-factor/skip"))
        if stage is not Stage.ENROL_OFFERED:
            return
        if self.skips < SKIPS_MAX:
            self.skips += 1
            self.browsers[place] = (filer, Stage.FULL)
        else:
            self.browsers[place] = (filer, Stage.RESTRICTED)

    @precondition(lambda self: self.browsers)
    @rule(data=st.data())
    def make_backup_codes(self, data: st.DataObject) -> None:
        place, filer, stage = self._chosen(data)
        self.run(self._permit(filer))
        self.run(self._post(filer, f"{MANAGE}/backup-codes"))
        if stage is Stage.FACTOR_DUE:
            assert filer.path == "/UTBK/second-factor"
            return
        self.codes = re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", filer.response.text)
        assert len(self.codes) == 10
        self.browsers[place] = (filer, Stage.FULL)

    @precondition(lambda self: self.browsers and self.codes)
    @rule(data=st.data(), right=st.booleans())
    def answer(self, data: st.DataObject, right: bool) -> None:  # noqa: FBT001
        place, filer, stage = self._chosen(data)
        code = self.codes[-1] if right else "22222-22222"
        self.run(self._post(filer, "/UTBK/second-factor", otp=code))
        if stage is Stage.FACTOR_DUE and right:
            self.codes.pop()
            self.browsers[place] = (filer, Stage.FULL)

    @precondition(lambda self: self.browsers)
    @rule(data=st.data())
    def remove_backup_codes(self, data: st.DataObject) -> None:
        _, filer, stage = self._chosen(data)
        self.run(self._post(filer, f"{MANAGE}/remove/backup-codes"))
        if stage is Stage.FULL:
            self.codes = []

    @precondition(lambda self: self.browsers)
    @rule(data=st.data())
    def open_the_menu(self, data: st.DataObject) -> None:
        _, filer, stage = self._chosen(data)
        self.run(filer.open("/UTBK/menu"))
        stops = {Stage.FULL: ("/UTBK/menu", "/UTBK/redaction"), Stage.FACTOR_DUE: ("/UTBK/second-factor",)}
        assert filer.path in stops.get(stage, ("/UTBK/second-factor/offer",))

    @invariant()
    def database_agrees(self) -> None:
        assert self.run(self.site.value("SELECT factor_skips FROM auth.pacer_accounts")) == self.skips <= SKIPS_MAX
        left = self.run(self.site.value("SELECT count(*) FROM auth.backup_codes WHERE used_at IS NULL"))
        assert left == len(self.codes)
        for filer, stage in self.browsers:
            session = self.run(self.site.joint.sign_on.session(filer.token()))
            assert session is not None
            assert session.stage is stage

    def _chosen(self, data: st.DataObject) -> tuple[int, Filer, Stage]:
        place = data.draw(st.integers(0, len(self.browsers) - 1))
        return place, *self.browsers[place]

    async def _post(self, filer: Filer, path: str, **fields: str) -> None:
        await filer.open("/UTBK/menu")  # wherever that leads, its forms belong to the session
        await filer.acknowledge()
        await filer.post(path, **fields)

    async def _permit(self, filer: Filer) -> None:
        now = self.site.joint.clock()
        permit = SEAL.permit_digest(ACCOUNT, digest(filer.token()))
        await self.site.run(_PERMIT, ACCOUNT, permit, now, now + timedelta(minutes=10))

    async def _clean(self) -> None:
        await self.site.run("UPDATE auth.pacer_accounts SET factor_skips = 0")
        for table in ("sessions", "backup_codes", "security_codes"):
            await self.site.run(f"DELETE FROM auth.{table}")  # noqa: S608


def test_stages_agree_with_a_plain_model(databases: Databases, password_hash: str) -> None:
    with asyncio.Runner() as runner:
        database = runner.run(databases.create())
        opened = joined(database, factor_policy="prompted", throttle_failures=100)
        site = runner.run(opened.__aenter__())
        try:
            runner.run(_import(site, password_hash))
            Stages.site, Stages.runner = site, runner
            bounds = settings(
                max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
            )
            run_state_machine_as_test(Stages, settings=bounds)
        finally:
            runner.run(opened.__aexit__(None, None, None))
            runner.run(databases.drop(database))


async def _import(site: Site, password_hash: str) -> None:
    async with acquired(site.pool) as connection:
        await write(connection, [ALEX], [ACCOUNT], [password_hash], {})
