"""A linker in a consumer group of its own, so that it is assigned every partition.

`python -m tests.faults.linker.loner GROUP`
"""

import sys

from services.linker.app import POOL_SIZE_MAX, App
from services.linker.keys import Keys
from services.linker.settings import LinkerSettings
from services.runtime.database import open_batch_pool
from services.runtime.health import Health
from services.runtime.membership import GROUP_PART
from services.runtime.process import run
from services.runtime.settings import load


async def serve(settings: LinkerSettings, health: Health, group: str) -> None:
    pool = await open_batch_pool(settings, size_max=POOL_SIZE_MAX)
    await App(settings, health, pool, lambda: Keys(settings.key_ring), group=group).run()


def main() -> int:
    settings = load(LinkerSettings)
    return run("linker", settings, lambda health: serve(settings, health, sys.argv[1]), parts=(GROUP_PART,))


if __name__ == "__main__":
    sys.exit(main())
