"""A loop that must not end unseen: a cancellation that nobody ordered is a crash, not an end.

A task group takes a cancelled task for one that is done; a library that lets a cancellation of its own escape would
so end
a loop silently.
"""

import asyncio
from collections.abc import Awaitable, Callable


async def unbroken(loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop to its end. Raises RuntimeError where it is cancelled from inside."""
    task = asyncio.current_task()
    assert task is not None
    try:
        await loop()
    except asyncio.CancelledError:
        if not task.cancelling():
            raise RuntimeError(f"{loop} was cancelled from inside") from None
        raise
