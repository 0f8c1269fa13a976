"""`ecflink up`: the whole system on this machine until Ctrl-C. Nothing need be installed before.

The parts are in services/ops/stack; this file is the command, and what it prints.
"""

import json
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

from cyclopts import Parameter

from services.ops.stack.embedded import PEOPLE_PATH, Stack, running_stack

_DEFAULT_HOME = Path("var")


def up(
    *,
    home: Annotated[Path, Parameter(help="Where data, downloads, logs, mail and secrets live.")] = _DEFAULT_HOME,
    demo: Annotated[bool, Parameter(help="Load the demo people and take the demo court live.")] = True,
    rehearsal: Annotated[bool, Parameter(help="Honour replays (`ecflink replay`); mail stays here either way.")] = True,
) -> int:
    """Bring everything up, print the addresses, keep it up until Ctrl-C."""
    with ended_by_signals():
        try:
            with running_stack(home, demo=demo, rehearsal=rehearsal) as stack:
                _write_environment(stack)
                _print(_addresses(stack) + (_people() if demo else []))
                stack.supervisor.tend_for_ever()
        except KeyboardInterrupt:
            sys.stderr.write("\nended: no process is left\n")
    return 0


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into Ctrl-C; once one came, further ones do not disturb the orderly end."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _addresses(stack: Stack) -> list[str]:
    ports = stack.environment.addresses.ports
    management = ", ".join(f"{name} http://127.0.0.1:{ports[name]}" for name in stack.roles)
    return [
        "",
        f"pages       {stack.auth_url}",
        f"sign-ins    http://127.0.0.1:{ports['guard-pages']} (live counts, for staff)",
        f"mailbox     {stack.mail_folder} (Maildir; SMTP on 127.0.0.1:{stack.mailbox.port})",
        f"Kafka       {stack.kafka.bootstrap}",
        f"Postgres    {stack.postgres.url()}",
        f"management  {management} (/livez /readyz /metrics)",
        f"logs        {stack.home / 'log'}",
        f"commands    set -a; . {shlex.quote(str(_environment_path(stack)))}; set +a; ecflink links list",
        *([_rehearsal(stack)] if stack.environment.rehearsal else []),
    ]


def _rehearsal(stack: Stack) -> str:
    path = shlex.quote(str(_environment_path(stack)))
    return f"rehearsal   on: replays are honoured; ecflink replay init --environment-file {path}"


def _people() -> list[str]:
    accounts = [json.loads(line) for line in PEOPLE_PATH.read_text(encoding="utf-8").splitlines()]
    return ["", "demo people (their passwords are for show alone):", *map(_account, accounts)]


def _account(account: Mapping[str, str]) -> str:
    where = {"pacer": "PACER", "cmecf": f"CM/ECF {account.get('court_id')}"}[account["kind"]]
    return f"  {where:<14}{account['login']:<16}{account['password']:<22}{account['name']}"


def _write_environment(stack: Stack) -> None:
    # It names the files of the secrets, not the secrets.
    inherited = {"PATH", "HOME"}
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in sorted(stack.env().items()) if name not in inherited]
    _environment_path(stack).write_text("".join(lines), encoding="utf-8")


def _environment_path(stack: Stack) -> Path:
    return stack.home / "environment"


def _print(lines: list[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()
