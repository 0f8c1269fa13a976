"""Replies cut anywhere, of several lines, endless or not SMTP at all."""

import asyncio

import pytest

from services.notifier.conversation import Conversation, Lost, Reply


class Wire(asyncio.Transport):
    """A transport that keeps what was written and can be closed."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


async def test_replies_come_in_order_however_they_are_cut() -> None:
    talk = Conversation(Wire())
    for byte in b"250-first\r\n250 second\r\n354\r\n":
        talk.data_received(bytes([byte]))
    assert [await talk.reply(), await talk.reply()] == [Reply(250, "first second"), Reply(354, "")]


@pytest.mark.parametrize("said", [b"hello\r\n", b"25\r\n", b"250?x\r\n", b"250-" + b"x" * 40_000])
async def test_what_is_not_smtp_ends_the_connection(said: bytes) -> None:
    wire = Wire()
    talk = Conversation(wire)
    talk.data_received(said)
    with pytest.raises(Lost):
        await talk.reply()
    assert wire.closed


async def test_a_reply_heard_before_the_end_still_counts() -> None:
    talk = Conversation(Wire())
    talk.data_received(b"250 kept\r\n")
    talk.connection_lost(None)
    assert await talk.reply() == Reply(250, "kept")
    with pytest.raises(Lost, match="closed"):
        await talk.reply()


async def test_a_server_that_speaks_unasked_is_not_quiet() -> None:
    talk = Conversation(Wire())
    talk.data_received(b"421 going down\r\n")
    assert not talk.quiet
