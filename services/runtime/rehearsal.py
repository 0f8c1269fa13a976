"""Rehearsal mode: whether a deployment honours replays, the keys that sign them, and the sink that takes their mail.

Off unless REHEARSAL is set. While it is on it shows: in /readyz, in the metrics, in the log and on every page.
"""

from typing import Final, Literal, Self

from prometheus_client import Gauge
from pydantic import Field, SecretStr, model_validator

from services.contract.proof import KeyRing
from services.runtime.health import Health
from services.runtime.log import log
from services.runtime.settings import ProofSettings, RoleSettings

_KEYS: Final = "REHEARSAL_KEYS"
_NO_SINK: Final = (
    "REHEARSAL is on without a sink for its mail: set SINK_SMTP_HOST and SINK_SMTP_PORT to a mail server that "
    "delivers nothing (such as Mailpit), or REHEARSAL_MAIL=real if the letters of replays shall go out"
)


class RehearsalSettings(RoleSettings):
    """The switch, and the mail server that stands in for the real one."""

    rehearsal: bool = Field(
        default=False, description="Honour replays: requests that carry a run's mark. Off where nobody rehearses."
    )
    rehearsal_mail: Literal["sink", "real"] = Field(
        "sink", description="Where the letters of replays go: to SINK_SMTP_HOST, or out by the real mail server."
    )
    sink_smtp_host: str = Field(
        "", description="A mail server that keeps what it takes and delivers nothing; a rehearsal needs it."
    )
    sink_smtp_port: int = Field(25, ge=1, le=65535, description="Its port.")

    def rehearsal_faults(self) -> list[str]:
        """Return why a rehearsal cannot begin with these settings, each with what to do; empty when it can, or is off.

        A role adds its own.
        """
        if not self.rehearsal or self.rehearsal_mail == "real" or self.sink_smtp_host:
            return []
        return [_NO_SINK]

    @model_validator(mode="after")
    def _rehearsal_is_whole(self) -> Self:
        if faults := self.rehearsal_faults():
            raise ValueError("\n".join(faults))
        return self


class RehearsalKeySettings(RehearsalSettings, ProofSettings):
    """The same for a role that holds a replay's signature against the rehearsal keys."""

    rehearsal_keys: SecretStr = Field(
        SecretStr(""), description="Written as PROOF_KEYS; they sign replays, and count only while REHEARSAL is on."
    )

    def rehearsal_faults(self) -> list[str]:
        """Return also what is wrong with the keys."""
        return super().rehearsal_faults() + (self._key_faults() if self.rehearsal else [])

    def _key_faults(self) -> list[str]:
        text = self.rehearsal_keys.get_secret_value()
        if not text.strip():
            return [f"REHEARSAL is on without a key: set {_KEYS}, or {_KEYS}_FILE; `deploy/init` makes such a file"]
        try:
            ring = KeyRing.parse(text, _KEYS)
        except ValueError as fault:
            return [str(fault)]
        shared = sorted(ring.keys.keys() & self.key_ring.keys.keys())
        return [
            f"{_KEYS} gives the key id {key_id!r}, which PROOF_KEYS gives too: a rehearsal needs keys of its own, "
            "so that no replay passes for a filer's request"
            for key_id in shared
        ]

    @property
    def rehearsal_ring(self) -> KeyRing | None:
        """The keys that sign replays; None while rehearsal mode is off."""
        return KeyRing.parse(self.rehearsal_keys.get_secret_value(), _KEYS) if self.rehearsal else None


def show(settings: RehearsalSettings, health: Health) -> None:
    """Let the role say in /readyz, in its metrics and in its log whether it is in rehearsal mode."""
    health.rehearsal = settings.rehearsal
    gauge = Gauge("ecflink_rehearsal", "1 while rehearsal mode is on: replays count.", registry=health.registry)
    gauge.set(settings.rehearsal)
    if settings.rehearsal:
        log.warning("rehearsal.on", mail=settings.rehearsal_mail, sink=settings.sink_smtp_host)
