"""The embedded stack's secrets: made once, kept in files that only their owner reads, handed to roles as NAME_FILE.

They stay out of the environment and of every command line.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

_SECRET_BYTES = 32
_DATABASE_ROLES = ("owner", "auth", "linker", "notifier", "reader")


@dataclass(frozen=True)
class SecretFiles:
    folder: Path

    def database_password(self, role: str) -> Path:
        """Return the file with the password of one of owner, auth, linker, notifier, reader."""
        assert role in _DATABASE_ROLES, role
        return self._file(f"database-password-{role}")

    @property
    def proof_keys(self) -> Path:
        return self._file("proof-keys", prefix="embedded-1:")

    @property
    def rehearsal_keys(self) -> Path:
        return self._file("rehearsal-keys", prefix="rehearsal-1:")

    @property
    def form_secret(self) -> Path:
        return self._file("form-secret")

    @property
    def factor_secret(self) -> Path:
        return self._file("factor-secret")

    @property
    def notice_keys(self) -> Path:
        return self._file("notice-keys", prefix="embedded-1:")

    def _file(self, name: str, *, prefix: str = "") -> Path:
        path = self.folder / name
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = self.folder / f".{name}.{os.getpid()}"
            partial.touch(mode=0o600)
            partial.write_text(f"{prefix}{secrets.token_hex(_SECRET_BYTES)}\n", encoding="ascii")
            partial.replace(path)
        return path
