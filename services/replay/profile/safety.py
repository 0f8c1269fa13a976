"""No replay reaches a cluster by mistake: its id is on the profile's allow list, or whoever replays has given it."""

import sys
from collections.abc import Callable

from services.replay.outcome import Unusable
from services.replay.profile.profile import Profile

Ask = Callable[[str], str]
"""Shows a question and returns what was typed."""


def assert_allowed(profile: Profile, cluster_id: str, *, confirmed: str | None, ask: Ask | None = None) -> None:
    """Return where the cluster may be written to. Raises Unusable otherwise.

    `confirmed` is the id that the command line gives; `ask` asks at a terminal, None where there is none.
    """
    if confirmed is not None:
        if confirmed != cluster_id:
            raise Unusable(f"--confirm-cluster {confirmed}: this cluster is {cluster_id}; nothing was sent")
        return
    if cluster_id in profile.kafka.cluster_ids:
        return
    where = f"the cluster at {profile.kafka.bootstrap_servers} is {cluster_id}, which the profile does not allow"
    if ask is None:
        raise Unusable(
            f"{where}; nothing was sent. If it is meant: --confirm-cluster {cluster_id}, "
            "or add it to kafka.cluster_ids of the profile"
        )
    if ask(f"{where}.\nType its id to send to it: ").strip() != cluster_id:
        raise Unusable("that is not its id; nothing was sent")


def at_a_terminal() -> Ask | None:
    """Return how to ask, where someone is there to answer."""
    return typed if sys.stdin.isatty() and sys.stderr.isatty() else None


def typed(question: str) -> str:
    """Ask on standard error and return what was typed; nothing where the input has ended (Ctrl-D)."""
    sys.stderr.write(question)
    sys.stderr.flush()
    try:
        return input()
    except EOFError:
        return ""
