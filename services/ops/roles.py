"""Every command that takes settings, with its model: what the example, the documentation and the doctor go by."""

from typing import Final, NamedTuple

from services.audit.settings import AuditSettings
from services.auth.guard.settings import GuardSettings
from services.auth.settings import AuthSettings
from services.linker.settings import LinkerSettings
from services.notifier.settings import NotifierSettings
from services.ops.courts import GoLiveSettings
from services.ops.keys import KeysSettings
from services.ops.links_end import EndSettings
from services.ops.redrive import RedriveSettings
from services.ops.setup import MigrateSettings, TopicsSettings
from services.runtime.settings import RoleSettings


class Role(NamedTuple):
    """A role or a command: its words on the command line, its model, and its database login, if it has one."""

    command: str
    model: type[RoleSettings]
    login: str


SERVICES: Final = (
    Role("auth", AuthSettings, "ecflink_auth"),
    Role("guard", GuardSettings, ""),
    Role("linker", LinkerSettings, "ecflink_linker"),
    Role("notifier", NotifierSettings, "ecflink_notifier"),
)
STEPS: Final = (
    Role("migrate", MigrateSettings, "the owner"),
    Role("topics", TopicsSettings, "the owner"),
)
TOOLS: Final = (
    Role("audit", AuditSettings, "ecflink_reader"),
    Role("courts go-live", GoLiveSettings, "ecflink_auth"),
    Role("keys", KeysSettings, "ecflink_reader"),
    Role("links end", EndSettings, "ecflink_auth"),
    Role("dead redrive", RedriveSettings, "ecflink_linker"),
)
ROLES: Final = (*SERVICES, *STEPS, *TOOLS)
