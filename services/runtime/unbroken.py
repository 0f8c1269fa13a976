"""Cancellation kept in its place: a loop that must not end unseen, and work that must not be left half done."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any


async def unbroken(loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop to its end. Raises RuntimeError where it is cancelled from inside.

    A task group takes a cancelled task for one that is done; a library that lets a cancellation of its own escape would
    so end a loop silently.
    """
    task = asyncio.current_task()
    assert task is not None
    try:
        await loop()
    except asyncio.CancelledError:
        if not task.cancelling():
            raise RuntimeError(f"{loop} was cancelled from inside") from None
        raise


async def to_the_end(work: Coroutine[Any, Any, None] | asyncio.Task[None]) -> None:
    """Do short work whole even if we are cancelled meanwhile, then let the cancellation go on: closing a client."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
