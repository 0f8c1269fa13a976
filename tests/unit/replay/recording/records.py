"""Records as Kafka may hold them, plain ones and of every odd kind."""

from random import Random

from hypothesis import strategies as st

from services.replay.recording.record import Recorded

_JSON_LIKE = st.sampled_from(
    (
        b"null",
        b"true",
        b'{"a":1}',
        b'{"a": 1}',
        b'{"a":1,"a":2}',
        b"1.0",
        b"1e5",
        b"-0.0",
        b"12345678901234567890123",
        b'"\\ud800"',
        b'"\\u0041"',
        '"\u2028é"'.encode(),
        b'{"x":"],\\"value\\":"}',
        b'["],","value",":"]',
        b"[1]\n",
        b"",
        b"{",
        b"\xff\xfe",
    )
)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_BYTES = st.one_of(st.binary(max_size=40), _TEXTS.map(str.encode), _JSON_LIKE)
_HEADERS = st.lists(st.tuples(_TEXTS, st.none() | _BYTES), max_size=4).map(lambda pairs: tuple(pairs + pairs[:1]))

records = st.builds(
    Recorded,
    topic=st.text("abcdefghijklmnopqrstuvwxyz0123456789.-_", min_size=1, max_size=12),
    partition=st.integers(0, 2**31 - 1),
    offset=st.integers(0, 2**63 - 1),
    timestamp_ms=st.integers(-1, 2**53),
    timestamp_type=st.sampled_from(("create", "append")),
    key=st.none() | _BYTES,
    headers=_HEADERS,
    value=st.none() | _BYTES,
)


def plain(number: int, *, partition: int = 0, topic: str = "t", value: bytes | None = None) -> Recorded:
    """Return an ordinary record."""
    made = b'{"n":%d}' % number if value is None else value
    return Recorded(topic, partition, number, 1_000 + number, "create", b"k%d" % number, (("h", b"v"),), made)


def bulky(count: int) -> list[Recorded]:
    """Return records that are large and cannot be compressed."""
    chance = Random(1)
    return [plain(number, value=chance.randbytes(20_000)) for number in range(count)]
