"""One try of a PACER password: the same steps whatever becomes of it.

Right or wrong, known or unknown, whatever the account's kind and state, a try costs one look-up and one hash; a refusal
does nothing more than buffer its event.
"""

from dataclasses import dataclass

from services.auth.portal.ports import Busy, Client, Origin, SignInRefused, Throttled
from services.auth.protection.limiter import Limiter
from services.auth.signon.accounts import Accounts, PacerAccount
from services.auth.signon.attempts import Attempt, Attempts, address_prefix
from services.auth.signon.passwords import Lane
from services.auth.signon.rehash import PacerKey, Rehash
from services.auth.signon.tickets import Tickets
from services.auth.signon.verifiers import Credentials, Proof, Verifier, VerifierDown
from services.contract.logins import Credential, LoginStep, Via
from services.runtime.clock import Clock
from services.runtime.database import Pool


@dataclass(frozen=True)
class Proven:
    """A password that was right. `attempt` is to be told of as `succeeded` or `failed`, by what comes after."""

    account: PacerAccount
    proof: Proof
    attempt: Attempt
    client: Client


@dataclass(frozen=True, kw_only=True)
class PasswordCheck:
    """Verifies passwords behind the limits. `rehash` is None where the remote sign-on verifies."""

    pool: Pool
    lane: Lane
    verifier: Verifier
    attempts: Attempts
    limiter: Limiter
    rehash: Rehash | None
    clock: Clock

    async def password(
        self, credentials: Credentials, *, court_id: str | None, client: Client, origin: Origin, ticket: str = ""
    ) -> Proven:
        """Return the account of right credentials. Raises SignInRefused, Throttled, Busy or VerifierDown."""
        prefix = address_prefix(client.address)
        try:
            with self.limiter.under_way(client):
                self.limiter.before(client, court_id)
                self.lane.check()
                account = await Accounts(self.pool).pacer(credentials.login, prefix)
                name = account.login if account else self.attempts.unknown(Credential.PACER, credentials.login)
                known_place = account is not None and account.known_place
                held = Tickets.of(ticket)
                self._admit(name, client, held, known_place=known_place)
                proof = await self._verified(name, credentials, account, client=client, ticket=held.remote)
        except Throttled:
            self.attempts.throttled(Credential.PACER, client)
            raise
        except Busy:
            self.attempts.shed(Credential.PACER, client)
            raise
        attempt = Attempt(
            name, Credential.PACER, court_id, prefix, self.clock(), via=Via(origin), step=LoginStep.PASSWORD
        )
        if account is None or not proof.matched:
            raise self.refused(attempt, client)
        if self.rehash:
            self.rehash.offer(PacerKey(account.pacer_account), account.password_hash, credentials.password)
        return Proven(account, proof, attempt, client)

    def _admit(self, name: str, client: Client, held: Tickets, *, known_place: bool) -> None:
        try:
            self.limiter.admit(name, client, known_place=known_place, ticket=held.own)
        except Throttled as throttled:
            raise Throttled(throttled.retry_after_s, str(Tickets(throttled.ticket, held.remote))) from None

    async def _verified(
        self, name: str, credentials: Credentials, account: PacerAccount | None, *, client: Client, ticket: str
    ) -> Proof:
        try:
            return await self.verifier.verify(credentials, account, client=client, ticket=ticket)
        except Throttled as throttled:
            self.limiter.untried(name, client)
            raise Throttled(throttled.retry_after_s, str(Tickets("", throttled.ticket))) from None
        except (Busy, VerifierDown):
            self.limiter.untried(name, client)
            raise

    def refused(self, attempt: Attempt, client: Client) -> SignInRefused:
        """Note a wrong try, and return what to raise."""
        self.limiter.failed(attempt.account, client, attempt.court_id)
        self.attempts.failed(attempt)
        return SignInRefused()

    def factor_refused(self, proven: Proven) -> SignInRefused:
        """Note a right password with a wrong or missing second factor, and return what to raise."""
        return self.refused(proven.attempt._replace(step=LoginStep.FACTOR), proven.client)

    def guess(self, proven: Proven) -> None:
        """Count a code before it is looked at. Raises SignInRefused for one too many: it is answered as a wrong one."""
        try:
            self.limiter.guess(proven.attempt.account, known_place=proven.account.known_place)
        except Throttled:
            raise self.factor_refused(proven) from None

    def barred(self, proven: Proven) -> None:
        """Note a right password of an account that may not go on. Wrong codes are forgotten only by a right one."""
        whole = proven.proof.factor_done or not proven.account.factors.enrolled
        (self.limiter.succeeded if whole else self.limiter.untried)(proven.attempt.account, proven.client)
        self.attempts.failed(proven.attempt)
