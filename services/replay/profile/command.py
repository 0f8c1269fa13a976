"""`ecflink replay init`: asks for and checks what a replay must know of a deployment, and writes the profile."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter
from rich.console import Console
from rich.prompt import Prompt

from services.replay.outcome import Code, Unusable, exiting
from services.replay.profile.asking import Values, asked, merged
from services.replay.profile.checking import ERROR, Finding, findings
from services.replay.profile.cluster import Cluster
from services.replay.profile.environment import read_environment_file, values_of
from services.replay.profile.given import Given
from services.replay.profile.loading import checked
from services.replay.profile.profile import Profile
from services.replay.profile.writing import save_profile
from services.runtime.screen import say, show, warn

DEFAULT_PATH: Final = Path("replay.toml")


_NOTHING_GIVEN: Final = Given()


@exiting()
def init(
    path: Path = DEFAULT_PATH,
    /,
    *,
    given: Given = _NOTHING_GIVEN,
    from_environment: Annotated[bool, Parameter(negative=())] = False,
    environment_file: Path | None = None,
    yes: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Ask for a deployment's addresses, keys and accounts, check each, and write a profile file.

    Parameters
    ----------
    path
        The new profile file.
    given
        Said instead of asked.
    from_environment
        Take over what this environment says: KAFKA_…, DATABASE_…, MAILBOX, PUBLIC_URL, REHEARSAL_KEYS_FILE.
    environment_file
        Take over what this file says, such as the `environment` of `ecflink up`.
    yes
        Ask nothing, and allow replays to the cluster that answers.
    """
    if path.exists():
        raise Unusable(f"{path} exists: remove it, or give another name")
    values = _values(given, from_environment=from_environment, environment_file=environment_file, yes=yes)
    profile = checked({"name": "rehearsal"} | values, path)
    cluster, found = asyncio.run(findings(profile))
    show([finding._asdict() for finding in found], columns=Finding._fields)
    if cluster is not None and _allows(cluster, yes=yes):
        kafka = profile.kafka.model_copy(update={"cluster_ids": (cluster.cluster_id,)})
        profile = profile.model_copy(update={"kafka": kafka})
    save_profile(profile, path)
    code = _told(profile, path, found)
    return code if cluster is not None else Code.NO_CONNECTION


def _values(given: Given, *, from_environment: bool, environment_file: Path | None, yes: bool) -> Values:
    layers: list[dict[str, Any]] = []
    if environment_file is not None:
        layers.append(values_of(read_environment_file(environment_file)))
    if from_environment:
        layers.append(values_of(os.environ))
    values = merged(*layers, given.values())
    return values if yes or not sys.stdin.isatty() else asked(values, _ask)


def _ask(words: str, default: str) -> str:
    console = Console(stderr=True)
    try:
        return Prompt.ask(words, console=console, default=default, show_default=bool(default)) or ""
    except EOFError:  # Ctrl-D
        raise Unusable("not written: the answers ended before the questions") from None


def _allows(cluster: Cluster, *, yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        return False
    words = f"Replays write to cluster {cluster.cluster_id}. Is it one for rehearsals? (yes/no)"
    return _ask(words, "no").strip().lower() == "yes"


def _told(profile: Profile, path: Path, found: list[Finding]) -> int:
    say(f"written: {path}")
    if not profile.kafka.cluster_ids:
        warn("no cluster is allowed yet: `run` asks for its id, or add it to kafka.cluster_ids")
    errors = sum(finding.level == ERROR for finding in found)
    if errors:
        warn(f"{errors} of the above are at fault: mend them before the first run")
    return 1 if errors else 0
