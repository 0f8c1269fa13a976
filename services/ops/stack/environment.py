"""The environment in which each role and command of the embedded stack runs: addresses as values, secrets as files.

Nothing of the caller's own environment reaches a role, but for what any program needs
(PATH, HOME, language, time zone).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.ops.stack.ports import LOOPBACK
from services.ops.stack.secrets import SecretFiles

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LOG_LEVEL", "PYTHONFAULTHANDLER")
_LOGINS = {role: f"ecflink_{role}" for role in ("auth", "linker", "notifier", "reader")} | {"owner": "ecflink"}
_ROLES = ("auth", "linker", "notifier")
MAIL_FROM = "ecflink@localhost.localdomain"


class DatabaseUrl(Protocol):
    def __call__(self, *, user: str) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """`ports` has `http`, and the management port of each service by its name."""

    kafka: str
    postgres: DatabaseUrl
    smtp_port: int
    ports: Mapping[str, int]

    @property
    def auth_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports['http']}"


@dataclass(frozen=True, kw_only=True)
class Environment:
    addresses: Addresses
    secrets: SecretFiles
    mail_folder: Path
    data_folder: Path
    demo: bool = False
    rehearsal: bool = False

    def of(self, role: str) -> dict[str, str]:
        """Return everything that `role` (owner, auth, linker, notifier, reader, guard) is told."""
        addresses = self.addresses
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        told = {
            "KAFKA_BOOTSTRAP_SERVERS": addresses.kafka,
            "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
            "MANAGEMENT_HOST": LOOPBACK,
            "MANAGEMENT_PORT": str(addresses.ports.get(role, 0)),
        }
        return inherited | told | self._database(role) | self._own(role)

    def _database(self, role: str) -> dict[str, str]:
        if role not in _LOGINS:  # the guard has no database
            return {}
        return {
            "DATABASE_URL": self.addresses.postgres(user=_LOGINS[role]),
            "DATABASE_PASSWORD_FILE": str(self.secrets.database_password(role)),
        }

    def _own(self, role: str) -> dict[str, str]:
        proof = {"PROOF_KEYS_FILE": str(self.secrets.proof_keys)}
        pages = self._form_secrets() | self._pages()
        notices = {"NOTICE_KEYS_FILE": str(self.secrets.notice_keys)}
        match role:
            case "auth":
                return proof | pages | self._rehearsal_keys() | self._rehearsal()
            case "linker":
                return proof | self._rehearsal_keys() | self._rehearsal()
            case "notifier":
                return notices | {"PUBLIC_URL": self.addresses.auth_url} | self._mail() | self._rehearsal()
            case "guard":
                return self._guard()
            case "owner":
                # Whoever runs the commands of an operator has the secrets of all.
                rehearsal = self._rehearsal_keys() | self._rehearsal()
                return (
                    proof
                    | pages
                    | notices
                    | self._mail()
                    | self._passwords()
                    | self._audit()
                    | rehearsal
                    | self._readiness()
                )
            case _:
                return proof | self._audit()

    def _form_secrets(self) -> dict[str, str]:
        secrets = self.secrets
        return {"FORM_SECRET_FILE": str(secrets.form_secret), "FACTOR_SECRET_FILE": str(secrets.factor_secret)}

    def _guard(self) -> dict[str, str]:
        ports = {"HTTP_HOST": LOOPBACK, "HTTP_PORT": str(self.addresses.ports["guard-pages"])}
        return ports | {"STATE_PATH": str(self.data_folder / "guard")}

    def _pages(self) -> dict[str, str]:
        return {
            "HTTP_HOST": LOOPBACK,
            "HTTP_PORT": str(self.addresses.ports["http"]),
            "PUBLIC_URL": self.addresses.auth_url,
            "DEMO": str(self.demo).lower(),
            "MAIL_STAYS_HERE": "true",
        } | self._proxies()

    def _proxies(self) -> dict[str, str]:
        # A replay through the front door speaks for many people from this one host, each at an address of their own.
        return {"TRUSTED_PROXIES": LOOPBACK} if self.rehearsal else {}

    def _rehearsal_keys(self) -> dict[str, str]:
        return {"REHEARSAL_KEYS_FILE": str(self.secrets.rehearsal_keys)} if self.rehearsal else {}

    def _rehearsal(self) -> dict[str, str]:
        if not self.rehearsal:
            return {}
        return {
            "REHEARSAL": "true",
            "SINK_SMTP_HOST": LOOPBACK,
            "SINK_SMTP_PORT": str(self.addresses.smtp_port),
            # The mailbox keeps what it takes: it is the sink of everything here.
            "SMTP_IS_SINK": "true",
        }

    def _mail(self) -> dict[str, str]:
        return {
            "SMTP_HOST": LOOPBACK,
            "SMTP_PORT": str(self.addresses.smtp_port),
            "SMTP_SECURITY": "none",
            "MAIL_FROM": MAIL_FROM,
        }

    def _passwords(self) -> dict[str, str]:
        roles = ("auth", "linker", "notifier", "reader")
        return {f"DATABASE_PASSWORD_{role.upper()}_FILE": str(self.secrets.database_password(role)) for role in roles}

    def _readiness(self) -> dict[str, str]:
        """Where each role says how it is doing: for the profile of `ecflink replay init`."""
        ports = {role: self.addresses.ports[role] for role in _ROLES if role in self.addresses.ports}
        return {f"READYZ_{role.upper()}": f"http://{LOOPBACK}:{port}/readyz" for role, port in ports.items()}

    def _audit(self) -> dict[str, str]:
        return {"MAILBOX": str(self.mail_folder)}
