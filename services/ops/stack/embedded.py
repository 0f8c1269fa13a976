"""The whole system on one machine: Kafka, Postgres and a mailbox, then the services, each its own process.

`running_stack(home)` brings it up and gives its addresses; all of it has ended when the block is left. State lives
under `home`: data/, lib/ (downloaded programs), log/, mail/, secrets/.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from services.ops.stack.environment import Addresses, Environment
from services.ops.stack.kafka import KafkaServer
from services.ops.stack.mailbox import MailboxServer
from services.ops.stack.ports import LOOPBACK, choose_port
from services.ops.stack.postgres import PostgresServer
from services.ops.stack.process import StackFailed
from services.ops.stack.progress import Progression
from services.ops.stack.roles import Role, run_once
from services.ops.stack.secrets import SecretFiles
from services.ops.stack.settings import StackSettings
from services.ops.stack.supervisor import Supervisor

PEOPLE_PATH = Path(__file__).parents[1] / "demo" / "people.jsonl"
DEMO_COURT = "UTBK"
_USUAL_PORTS = {
    "kafka": 9092,
    "postgres": 5432,
    "smtp": 1025,
    "http": 8080,
    "auth": 9101,
    "linker": 9102,
    "notifier": 9103,
    "guard": 9104,
    "guard-pages": 8081,
}
_SERVICES = ("auth", "linker", "notifier", "guard")


@dataclass(kw_only=True)
class Stack:
    """What runs. `env` gives the environment in which any `ecflink` command works against it."""

    home: Path
    kafka: KafkaServer
    postgres: PostgresServer
    mailbox: MailboxServer
    environment: Environment
    supervisor: Supervisor
    progression: Progression
    roles: dict[str, Role] = field(default_factory=dict)

    @property
    def auth_url(self) -> str:
        return self.environment.addresses.auth_url

    @property
    def mail_folder(self) -> Path:
        return self.mailbox.folder

    def env(self, role: str = "owner") -> dict[str, str]:
        """Return the environment of one of owner, auth, linker, notifier, guard, reader."""
        return self.environment.of(role)

    def run(self, *arguments: str, role: str = "owner") -> None:
        """Run one `ecflink` command to its end, its output in log/. Raises StackFailed unless it ends with 0."""
        name = "-".join(part for part in arguments[:2] if part.isalpha())
        log_path = self.home / "log" / f"{name}.log"
        with self.progression.step(f"ecflink {' '.join(arguments[:2])}"):
            run_once(name, *arguments, env=self.env(role), log_path=log_path)


@contextmanager
def running_stack(
    home: Path,
    *,
    demo: bool,
    rehearsal: bool = False,
    lib: Path | None = None,
    progression: Progression | None = None,
) -> Iterator[Stack]:
    """Bring everything up, in order; with `demo` also the demo people and a live court. Main thread only.

    With `rehearsal` the services honour replays. `lib` holds downloaded programs where that is not `home/lib`, so that
    several homes share them.
    """
    home = home.resolve()
    progression = progression or Progression()
    with _sole_use(home), Supervisor(say=progression.say) as supervisor:
        stack = _servers(home, supervisor, progression, lib=lib)
        stack.environment = replace(stack.environment, demo=demo, rehearsal=rehearsal)
        _prepare(stack)
        _launch_services(stack)
        if demo:
            _load_demo(stack)
        yield stack


@contextmanager
def running_servers(home: Path, *, progression: Progression | None = None) -> Iterator[Stack]:
    """As `running_stack`, but Kafka, Postgres and the mailbox alone: no topics, no tables."""
    home = home.resolve()
    progression = progression or Progression()
    with _sole_use(home), Supervisor(say=progression.say) as supervisor:
        yield _servers(home, supervisor, progression, lib=None)


def _servers(home: Path, supervisor: Supervisor, progression: Progression, *, lib: Path | None) -> Stack:
    lib = (lib or home / "lib").resolve()
    ports = {name: choose_port(name, usual, say=progression.say) for name, usual in _USUAL_PORTS.items()}
    secrets, log, settings = SecretFiles(home / "secrets"), home / "log", StackSettings()
    kafka = KafkaServer(
        home=lib,
        data_dir=home / "data" / "kafka",
        log_path=log / "kafka.log",
        port=ports["kafka"],
        settings=settings,
        progression=progression,
    )
    postgres = PostgresServer(
        home=lib,
        data_dir=home / "data" / "postgres",
        log_path=log / "postgres.log",
        password=secrets.database_password("owner").read_text(encoding="ascii").strip(),
        port=ports["postgres"],
        settings=settings,
        progression=progression,
    )
    mailbox = MailboxServer(folder=home / "mail", log_path=log / "mailbox.log", port=ports["smtp"])
    # All three start at the same time; Kafka first, as it takes longest.
    for part in (kafka, postgres, mailbox):
        supervisor.launch(part)
    for part in (postgres, mailbox, kafka):
        with progression.step(f"{part.process.command.name} ready on {LOOPBACK}:{part.port}"):
            part.wait_ready()
    addresses = Addresses(kafka=kafka.bootstrap, postgres=postgres.url, smtp_port=mailbox.port, ports=ports)
    return Stack(
        home=home,
        kafka=kafka,
        postgres=postgres,
        mailbox=mailbox,
        environment=Environment(
            addresses=addresses,
            secrets=secrets,
            mail_folder=mailbox.folder,
            data_folder=home / "data",
        ),
        supervisor=supervisor,
        progression=progression,
    )


def _prepare(stack: Stack) -> None:
    stack.run("migrate")
    stack.run("topics")
    stack.run("courts", "load")


def _launch_services(stack: Stack) -> None:
    for name in _SERVICES:
        port = stack.environment.addresses.ports[name]
        role = Role(
            name=name,
            arguments=[name],
            env=stack.env(name),
            management_port=port,
            log_path=stack.home / "log" / f"{name}.log",
        )
        stack.roles[name] = role
        stack.supervisor.launch(role)
    for name, role in stack.roles.items():
        with stack.progression.step(f"{name} ready"):
            role.wait_ready()


def _load_demo(stack: Stack) -> None:
    # Beside the data that it describes: who removes the data loads anew.
    loaded = stack.home / "data" / "demo-loaded"
    if loaded.exists():
        return
    stack.run("accounts", "import", str(PEOPLE_PATH))
    stack.run("courts", "go-live", DEMO_COURT)
    loaded.touch()


@contextmanager
def _sole_use(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackFailed(f"{home} is in use by another stack: end that one, or give another --home") from None
        yield
