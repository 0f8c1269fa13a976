"""The hash lanes: right and wrong passwords, and the bound."""

import asyncio
from collections.abc import Iterator

import pytest

from services.auth.portal.ports import Busy
from services.auth.signon.passwords import HASHER, QUEUE_COUNT_MAX, Lane, matches, normalized

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


def test_composed_and_decomposed_letters_are_one_password() -> None:
    assert matches(HASHER.hash(normalized("caf\u00e9")), "cafe\u0301")


@pytest.mark.parametrize("text", ["", "plain", "$argon2id$v=19$broken", "$2b$12$abcdefghijklmnopqrstuv"])
def test_what_is_no_hash_matches_nothing(text: str) -> None:
    assert not matches(text, "")
