"""The `ecflink` command line: which words there are and which module answers each. Modules load when they are called.

Exit codes: 0 done; 1 failed; 2 usage, settings or input at fault; 3 the audit found a violation, or a role halted.
"""

import sys
from collections.abc import Sequence
from typing import Final

from cyclopts import App

from services.runtime.faults import Halt, Permanent, Transient
from services.runtime.settings import SettingsFault

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2

app = App(
    name="ecflink",
    help="Links a court's filers' PACER accounts to their NextGen CM/ECF accounts.",
    version_flags=["--version"],
    result_action="return_value",
)

_COMMANDS: Final = {
    "up": "services.ops.up:up",
    "demo": "services.ops.demo.demo:demo",
    "doctor": "services.ops.doctor.doctor:doctor",
    "health": "services.ops.health:health",
    "migrate": "services.ops.setup:migrate",
    "topics": "services.ops.setup:topics",
    "auth": "services.auth.app:auth",
    "guard": "services.auth.guard.command:app",
    "linker": "services.linker.app:linker",
    "notifier": "services.notifier.app:notifier",
    "accounts": "services.ops.accounts:app",
    "courts": "services.ops.courts:app",
    "links": "services.ops.links:app",
    "transactions": "services.ops.transactions:app",
    "mail": "services.ops.mail:app",
    "dead": "services.ops.dead:app",
    "requests": "services.ops.requests:app",
    "keys": "services.ops.keys:app",
    "factors": "services.ops.factors:app",
    "security": "services.ops.security:app",
    "audit": "services.audit.command:audit",
    "replay": "services.replay.command:app",
    "contract": "services.ops.contract:app",
    "settings": "services.ops.settings:app",
}
for _name, _target in _COMMANDS.items():
    app.command(_target, name=_name)


def main() -> None:
    """Run the command line; trouble becomes one clear message and an exit code, never a stack trace."""
    _load_what_is_listed(sys.argv[1:])
    try:
        code = app()
    except SettingsFault as fault:
        code = _tell("settings are at fault", str(fault), EXIT_USAGE)
    except (Transient, Permanent, Halt) as trouble:
        code = _tell("failed", str(trouble), EXIT_FAILED)
    except KeyboardInterrupt:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def _load_what_is_listed(words: Sequence[str]) -> None:
    # A list of commands says of each what it does, and that stands in its module.
    listed, words = (app["replay"], words[1:]) if words[:1] == ["replay"] else (app, words)
    if not words or words[0] in app.help_flags:
        for name in listed:
            listed[name]


def _tell(what: str, why: str, code: int) -> int:
    sys.stderr.write(f"ecflink: {what}:\n{why}\n" if "\n" in why else f"ecflink: {what}: {why}\n")
    return code
