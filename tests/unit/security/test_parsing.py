"""How requests are read: nothing that h11 would refuse, the same however the bytes are cut, and everything bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.parsing import HEADER_BYTES_MAX, HEADER_COUNT_MAX, PIPELINED_COUNT_MAX, SLICE_BYTES
from tests.unit.security.wire import by_h11, told

GET = b"GET /a HTTP/1.1\r\nHost: here\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: here\r\n"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: here\r\n\r\n"

METHODS = [b"GET", b"POST", b"HEAD", b"PUT", b"get", b"G\x00T", b"", b"\tPOST"]
TARGETS = [b"/", b"/a?b=c", b"/%2e%2e", b"*", b"http://here/a", b"/a b", b"/\x00", b"", b"a", b"//x"]
VERSIONS = [b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.2", b"HTTP/1", b"http/1.1", b""]
ENDS = [b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\r\n"]
FIELDS = [
    b"Host: here",
    b"Host: here",
    b"host:there",
    b"Host : here",
    b" Host: here",
    b"Content-Length: 3",
    b"Content-Length: 3",
    b"Content-Length: 03",
    b"Content-Length: +3",
    b"Content-Length: 3, 3",
    b"Content-Length: 0x3",
    b"Content-Length: -3",
    b"Content-Length : 3",
    b"Content-Length:\t3 ",
    b"Content-Length:",
    b"Content_Length: 3",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding:\x0bchunked",
    b"Transfer-Encoding: Chunked",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding:\r\n chunked",
    b"Connection: close",
    b"Connection: upgrade\r\nUpgrade: h2c",
    b"X: a\x00b",
    b"X: a\nTransfer-Encoding: chunked",
    b"X: a\rContent-Length: 3",
    b"X: \xff",
    b"X\xff: a",
    b"X: a\r\n b",
    b": a",
    b"X",
    b"",
]
BODIES = [
    b"",
    b"abc",
    b"abcd",
    b"3\r\nabc\r\n0\r\n\r\n",
    b"3;x=y\r\nabc\r\n0\r\nHost: evil\r\n\r\n",
    b"0\r\n\r\n",
    b"3\nabc\n0\n\n",
    b"+3\r\nabc\r\n0\r\n\r\n",
    b"0x3\r\nabc\r\n0\r\n\r\n",
    b"3 \r\nabc\r\n0\r\n\r\n",
    b"3\r\nabcX0\r\n\r\n",
    b"ffffffffffffffff1\r\n",
    HIDDEN,
]


@st.composite
def odd_requests(draw: st.DrawFn) -> bytes:
    end = draw(st.sampled_from(ENDS))
    first = b" ".join(draw(st.sampled_from(each)) for each in (METHODS, TARGETS, VERSIONS))
    fields = [b"Host: here"] * draw(st.integers(0, 1)) + draw(st.lists(st.sampled_from(FIELDS), max_size=4))
    return end.join([first, *fields, b"", draw(st.sampled_from(BODIES))])


@given(st.lists(odd_requests(), min_size=1, max_size=2).map(b"".join))
async def test_what_h11_refuses_is_refused(sent: bytes) -> None:
    ours, _ = await told(sent)
    theirs = by_h11(sent)[: len(ours)]
    assert [(each.method, each.headers, each.body) for each in ours] == [
        (each.method, each.headers, each.body) for each in theirs
    ]


@given(st.lists(odd_requests(), min_size=1, max_size=2).map(b"".join), st.lists(st.integers(1, 400), max_size=5))
async def test_cuts_change_nothing(sent: bytes, cuts: list[int]) -> None:
    assert (await told(sent, tuple(cuts)))[0] == (await told(sent))[0]


@pytest.mark.parametrize(
    "fields,body",
    [
        (b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding: identity\r\n", b""),
        (b"Content-Length: 0\r\nContent-Length: 3\r\n", b""),
        (b"Content-Length : 3\r\n", b"abc"),
        (b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\n", b"3\nabc\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\nConnection: upgrade\r\nUpgrade: h2c\r\n", b"0\r\n\r\n"),
        (b"Host: there\r\n", b""),
    ],
    ids=range(11),
)
async def test_odd_framing_is_refused_and_hides_no_request(fields: bytes, body: bytes) -> None:
    requests, wire = await told(POST + fields + b"\r\n" + body + HIDDEN)
    assert requests == []
    assert wire.said.startswith(b"HTTP/1.1 400 ")
    assert wire.ended


@pytest.mark.parametrize("cut", [1, 1_000, SLICE_BYTES, 200_000], ids=str)
@pytest.mark.parametrize(
    "begin", [b"GET /", GET[:-2] + b"X: ", GET[:-2] + b"X", b"\r\n"], ids=["path", "value", "name", "-"]
)
async def test_head_without_end_is_refused(begin: bytes, cut: int) -> None:
    more = b"\r\n" if begin == b"\r\n" else b"a"
    sent = begin + more * (HEADER_BYTES_MAX + 2 * SLICE_BYTES)
    requests, wire = await told(sent, tuple(range(0, len(sent), cut)) if cut > 1 else (7, 8, 9))
    assert requests == []
    assert wire.ended


async def test_long_head_is_read_whole() -> None:
    sent = GET[:-2] + b"X: " + b"a" * (HEADER_BYTES_MAX - 200) + b"\r\n\r\n"
    assert len((await told(sent, (20, 9_000, 30_000)))[0]) == 1


@pytest.mark.parametrize("count,answer", [(HEADER_COUNT_MAX - 1, b"200"), (HEADER_COUNT_MAX, b"431")])
async def test_number_of_headers_is_bounded(count: int, answer: bytes) -> None:
    _, wire = await told(GET[:-2] + b"X: a\r\n" * count + b"\r\n")
    assert wire.said[9:12] == answer


async def test_trailer_is_no_header() -> None:
    requests, _ = await told(POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Late: a\r\n\r\n")
    assert [name for name, _ in requests[0].headers] == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize("rest", [b"0\r\nX: ", b"3;"], ids=["trailer", "chunk extension"])
async def test_what_stands_between_bodies_is_bounded(rest: bytes) -> None:
    requests, wire = await told(POST + b"Transfer-Encoding: chunked\r\n\r\n" + rest + b"a" * (4 * HEADER_BYTES_MAX))
    assert requests == []
    assert wire.ended


async def test_requests_that_do_not_wait_for_answers_are_bounded() -> None:
    requests, wire = await told(GET * 500)
    assert len(requests) <= PIPELINED_COUNT_MAX + 1
    assert wire.ended


async def test_requests_in_a_row_are_answered_in_a_row() -> None:
    requests, wire = await told(GET * PIPELINED_COUNT_MAX)
    assert len(requests) == PIPELINED_COUNT_MAX
    assert wire.said.count(b"done") == PIPELINED_COUNT_MAX
    assert not wire.aborted


@pytest.mark.parametrize("cut", [60, 110, 120], ids=str)
async def test_other_protocol_is_not_spoken_and_the_body_is_read(cut: int) -> None:
    asked = POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 37\r\n\r\n"
    requests, wire = await told(asked + HIDDEN + HIDDEN, (cut,))
    assert [each.body for each in requests] == [(HIDDEN + HIDDEN)[:37]]
    assert b"connection: close" in wire.said


@pytest.mark.parametrize("cut", [1, 50], ids=str)
async def test_nothing_is_read_after_the_last_request(cut: int) -> None:
    requests, wire = await told(GET[:-2] + b"Connection: close\r\n\r\n" + HIDDEN, (cut,))
    assert [each.path for each in requests] == [b"/a"]
    assert wire.said.endswith(b"done")


async def test_garbage_after_a_request_spoils_no_answer() -> None:
    requests, wire = await told(GET + b"\x00garbage")
    assert len(requests) == 1
    assert wire.said.endswith(b"done")
    assert wire.ended


async def test_broken_body_ends_its_request() -> None:
    requests, wire = await told(POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", (70,))
    assert (requests, wire.said) == ([], b"")
    requests, wire = await told(POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n", (70,))
    assert requests == []
    assert wire.said.startswith(b"HTTP/1.1 400 ")


async def test_broken_body_behind_a_request_that_waits_ends_both() -> None:
    _, wire = await told(GET + POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
    assert wire.aborted


async def test_long_body_is_read_whole() -> None:
    requests, _ = await told(POST + b"Content-Length: 60000\r\n\r\n" + b"a" * 60_000, (70, 9_000, 30_000))
    assert [len(each.body) for each in requests] == [60_000]
