"""The hash lanes: right and wrong passwords, and the bound."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from services.auth.portal.ports import Busy
from services.auth.signon.passwords import HASHER, NICENESS, QUEUE_COUNT_MAX, Lane, matches, normalized

_HASH = HASHER.hash(normalized("secret-1"))


@pytest.fixture
def lane() -> Iterator[Lane]:
    made = Lane("test", threads=1, dummy_hash=_HASH)
    yield made
    made.close()


async def test_only_the_right_password_matches(lane: Lane) -> None:
    assert await lane.verify(_HASH, "secret-1")
    assert not await lane.verify(_HASH, "secret-2")


async def test_nobody_has_even_the_dummy_password(lane: Lane) -> None:
    assert not await lane.verify(None, "secret-1")


async def test_full_queue_turns_away_at_once_and_frees_itself(lane: Lane) -> None:
    waiting = [asyncio.ensure_future(lane.verify(_HASH, "secret-2")) for _ in range(1 + QUEUE_COUNT_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await lane.verify(_HASH, "secret-1")
    with pytest.raises(Busy):
        lane.check()
    assert not any(await asyncio.gather(*waiting))
    assert await lane.verify(_HASH, "secret-1")


async def test_filer_who_goes_away_leaves_the_queue(lane: Lane) -> None:
    waiting = [asyncio.ensure_future(lane.verify(_HASH, "secret-2")) for _ in range(1 + QUEUE_COUNT_MAX)]
    await asyncio.sleep(0)
    for task in waiting[1:]:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    lane.check()


async def test_lane_says_that_it_is_full(lane: Lane) -> None:
    waiting = [asyncio.ensure_future(lane.verify(_HASH, "secret-2")) for _ in range(1 + QUEUE_COUNT_MAX)]
    await asyncio.sleep(0)
    assert lane.full
    await asyncio.gather(*waiting)
    assert not lane.full


async def test_new_hash_is_of_the_password(lane: Lane) -> None:
    assert matches(await lane.hash("secret-9"), "secret-9")


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux alone")
async def test_hash_threads_give_way_to_the_event_loop() -> None:
    lane = Lane("nice", threads=1, dummy_hash=_HASH)
    await lane.verify(_HASH, "secret-1")
    threads = [thread.native_id for thread in threading.enumerate() if thread.name.startswith("hash-nice")]
    seen = [os.getpriority(os.PRIO_PROCESS, native_id) for native_id in threads if native_id]
    lane.close()
    assert seen == [os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) + NICENESS]


def test_composed_and_decomposed_letters_are_one_password() -> None:
    assert matches(HASHER.hash(normalized("caf\u00e9")), "cafe\u0301")


@pytest.mark.parametrize("text", ["", "plain", "$argon2id$v=19$broken", "$2b$12$abcdefghijklmnopqrstuv"])
def test_what_is_no_hash_matches_nothing(text: str) -> None:
    assert not matches(text, "")
