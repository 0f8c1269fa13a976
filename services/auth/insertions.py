"""Rows of several tables in one statement: one transaction and one round trip, all of them written or none.

Each module keeps the columns of its own table and says what a row of it is; here the rows are put together.
"""

from collections.abc import Iterator
from functools import cache
from itertools import count
from typing import Final, NamedTuple

from services.runtime.database import Connection

_FIRST: Final = "first_row"


class Shape(NamedTuple):
    """Where a row goes: the table with its columns, their types, and what stands behind the row."""

    into: str
    types: tuple[str, ...]
    ending: str = ""


class Insertion(NamedTuple):
    """A row to be, with a value for each column of its shape."""

    shape: Shape
    values: tuple[object, ...]


async def insert(connection: Connection, first: Insertion, *others: Insertion) -> bool:
    """Insert a row, and the others where it could be inserted; say whether it could.

    That may be a transaction of its own or a part of the caller's.
    """
    rows = (first, *others)
    values = [value for row in rows for value in row.values]
    inserted: int = await connection.fetchval(_statement(tuple(row.shape for row in rows)), *values)
    return inserted == 1


@cache  # there are as many as there are callers
def _statement(shapes: tuple[Shape, ...]) -> str:
    numbers = count(1)
    first = f"{_FIRST} AS ({_inserting(shapes[0], numbers, source='')} RETURNING 1)"
    others = [
        f"row_{index} AS ({_inserting(shape, numbers, source=f' FROM {_FIRST}')})"
        for index, shape in enumerate(shapes[1:], start=2)
    ]
    return f"WITH {',\n     '.join([first, *others])}\nSELECT count(*) FROM {_FIRST}"


def _inserting(shape: Shape, numbers: Iterator[int], *, source: str) -> str:
    # The types are written out: what is selected takes none from the column that it goes to.
    values = ", ".join(f"${next(numbers)}::{each}" for each in shape.types)
    return f"INSERT INTO {shape.into} SELECT {values}{source} {shape.ending}".rstrip()
