"""Times as the contract writes them, made from microseconds since 1970 without a model in between. Pure."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_US: Final = 1_000_000
_REMEMBERED_MAX: Final = 4_096


def microseconds(moment: datetime) -> int:
    """Return an aware time as microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=_REMEMBERED_MAX)  # a stream stays in the same second for hundreds of records
def _second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")


def in_value(at_us: int) -> str:
    """Return a time as it stands in a value: a fraction only where there is one."""
    second, fraction = divmod(at_us, _SECOND_US)
    return f"{_second(second)}.{fraction:06d}Z" if fraction else f"{_second(second)}Z"


def in_header(text: str) -> bytes:
    """Return a time that stands in a value as it stands in a header: always with six digits."""
    return text.encode() if "." in text else f"{text[:-1]}.000000Z".encode()
