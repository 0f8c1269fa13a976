"""Whether there is room for one more try to sign in, asked by the gate before session, database and template."""

from dataclasses import dataclass
from typing import Final

from services.auth.portal.ports import Client
from services.auth.protection.lag import Lag
from services.auth.protection.limiter import Limiter
from services.auth.protection.places import Places
from services.auth.signon.accounts import storable
from services.auth.signon.attempts import Attempts
from services.auth.signon.passwords import Lane
from services.auth.signon.tickets import Tickets
from services.contract.logins import Credential

FULL_S: Final = 3
# Beyond it those who are inside would wait for those who come in.
LAG_S_MAX: Final = 0.05


@dataclass(frozen=True)
class Room:
    """Implements the gate's `Room`: a try that has no room is counted, and costs neither query nor hash."""

    limiter: Limiter
    lane: Lane
    attempts: Attempts
    lag: Lag
    places: Places | None = None

    def wait_s(self, client: Client, court_id: str | None) -> int:
        """Return 0, or after how many seconds anybody from there may try again."""
        full = self.lane.full or self.lag.now_s > LAG_S_MAX
        wait_s = self.limiter.full_s(client, court_id) or (FULL_S if full else 0)
        if wait_s:
            self.attempts.shed(Credential.PACER, client)
        return wait_s

    def held(self, login: str, client: Client, ticket: str) -> tuple[int, str]:
        """Return the seconds that a throttled stranger has to wait, with a ticket; 0 for everybody else."""
        name, brought = storable(login), Tickets.of(ticket)
        names = (name, self.attempts.unknown(Credential.PACER, name))
        for account in names:
            throttled = self.limiter.stranger(account, client, brought.own)
            if throttled is not None:
                self.attempts.throttled(Credential.PACER, client)
                return throttled.retry_after_s, str(Tickets(throttled.ticket, brought.remote))
        if self.places is not None and any(self.limiter.worth_learning(account, client) for account in names):
            self.places.learn(name, names)
        return 0, ""
