"""Rows of several tables in one statement: all of them, or none."""

from datetime import UTC, datetime
from typing import Final

import pytest

from services.auth.insertions import Insertion, Shape, insert
from services.auth.signon.places import remembering
from services.runtime.database import DataFault, acquired
from tests.integration.auth.conftest import Auth

_COURT: Final = Shape(
    'auth.courts (court_id, facts, "offset")', ("text", "text::jsonb", "bigint"), "ON CONFLICT DO NOTHING"
)
_AT: Final = datetime(2026, 3, 1, tzinfo=UTC)
_KNOWN: Final = "111111"


async def _inserted(auth: Auth, *, account: str = _KNOWN) -> bool:
    async with acquired(auth.pool) as connection:
        court = Insertion(_COURT, ("UTBK", "{}", 1))
        return await insert(connection, court, remembering(account, "192.0.2.0/24", _AT))


async def test_all_rows_are_inserted_at_once(auth: Auth) -> None:
    assert await _inserted(auth)
    assert await auth.count("courts") == await auth.count("known_places") == 1


async def test_nothing_stands_beside_a_first_row_that_was_there(auth: Auth) -> None:
    async with acquired(auth.pool) as connection:
        await insert(connection, Insertion(_COURT, ("UTBK", "{}", 1)))
    assert not await _inserted(auth)
    assert await auth.count("known_places") == 0


async def test_a_row_that_is_refused_takes_the_others_with_it(auth: Auth) -> None:
    with pytest.raises(DataFault):
        await _inserted(auth, account="no such account")
    assert await auth.count("courts") == 0
