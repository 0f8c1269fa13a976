"""Which back end this run uses, and why: the word in BACKEND, or what the machine offers.

Nothing is started here, and nothing pulled: an image registry is only asked whether it would answer.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from tests.backends.containers import IMAGES, ContainersBackend, engine_trouble
from tests.backends.external import DATABASE_VARIABLE, KAFKA_VARIABLE, ExternalBackend
from tests.backends.native import NativeBackend
from tests.backends.servers import Backend

NAMES = ("containers", "native", "external")


@dataclass(frozen=True)
class Choice:
    name: str
    reason: str

    def make(self) -> Backend:
        if self.name == "containers":
            return ContainersBackend()
        if self.name == "external":
            return ExternalBackend(bootstrap=os.environ[KAFKA_VARIABLE], owner_url=os.environ[DATABASE_VARIABLE])
        return NativeBackend()


def choose(environment: Mapping[str, str]) -> Choice:
    """Return the back end. Raises ValueError when BACKEND names one that cannot be had."""
    forced = environment.get("BACKEND", "")
    has_addresses = bool(environment.get(KAFKA_VARIABLE) and environment.get(DATABASE_VARIABLE))
    if forced:
        return _forced(forced, has_addresses=has_addresses)
    if has_addresses:
        return Choice("external", f"{KAFKA_VARIABLE} and {DATABASE_VARIABLE} are set")
    trouble = engine_trouble()
    if trouble:
        return Choice("native", trouble)
    return Choice("containers", f"an engine answers and has or can pull {' and '.join(IMAGES)}")


def _forced(name: str, *, has_addresses: bool) -> Choice:
    if name not in NAMES:
        raise ValueError(f"BACKEND={name}: expected one of {', '.join(NAMES)}")
    if name == "external" and not has_addresses:
        raise ValueError(f"BACKEND=external needs {KAFKA_VARIABLE} and {DATABASE_VARIABLE}")
    trouble = engine_trouble() if name == "containers" else ""
    if trouble:
        raise ValueError(f"BACKEND=containers: {trouble}")
    return Choice(name, f"BACKEND={name}")
