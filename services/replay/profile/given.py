"""What `ecflink replay init` is told on its command line instead of asking, as the values of a profile."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from services.replay.profile.asking import Values


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Given:
    """What is said on the command line instead of being asked.

    Parameters
    ----------
    name
        Name of the deployment.
    bootstrap_servers
        Kafka, host:port, several with commas.
    security_protocol
        PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.
    sasl_mechanism
        PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.
    sasl_username
        The SASL user.
    sasl_password_file
        The file that holds the SASL password.
    ssl_ca_path
        CA certificates (PEM).
    topic_prefix
        What stands before every topic.
    database_url
        Postgres as ecflink_reader, without the password.
    database_password_file
        The file that holds the reader's password.
    mailbox
        The Maildir or the Mailpit in which the mail of a replay lands.
    front_door
        The address of auth's pages.
    accounts_file
        The accounts that walk through the pages.
    rehearsal_key_file
        The file that holds the rehearsal key.
    readyz
        Readiness address of a role, `linker=http://host:port/readyz`; may be repeated.
    """

    name: str | None = None
    bootstrap_servers: str | None = None
    security_protocol: str | None = None
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password_file: Path | None = None
    ssl_ca_path: Path | None = None
    topic_prefix: str | None = None
    database_url: str | None = None
    database_password_file: Path | None = None
    mailbox: str | None = None
    front_door: str | None = None
    accounts_file: Path | None = None
    rehearsal_key_file: Path | None = None
    readyz: Annotated[tuple[str, ...], Parameter(negative=())] = ()

    def values(self) -> Values:
        """Return the values of a profile; paths were given from here, so they are made absolute."""
        kafka = {
            name: _text(getattr(self, name))
            for name in ("bootstrap_servers", "security_protocol", "sasl_mechanism", "sasl_username", "topic_prefix")
        }
        kafka |= {name: _text(getattr(self, name)) for name in ("sasl_password_file", "ssl_ca_path")}
        return {
            "name": self.name,
            "rehearsal_key_file": _text(self.rehearsal_key_file),
            "kafka": kafka,
            "ledger": {"database_url": self.database_url, "password_file": _text(self.database_password_file)},
            "mail": {"mailbox": _place(self.mailbox)},
            "front_door": {"url": self.front_door, "accounts_file": _text(self.accounts_file)},
            "readyz": dict(word.partition("=")[::2] for word in self.readyz),
        }


def _place(mailbox: str | None) -> str | None:
    return mailbox if mailbox is None or "://" in mailbox else str(Path(mailbox).absolute())


def _text(path: Path | str | None) -> str | None:
    return str(path.absolute()) if isinstance(path, Path) else path
