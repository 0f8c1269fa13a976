"""An SMTP receiver that keeps every message as one file of a Maildir, byte for byte as it came.

It listens on loopback, takes mail for anyone and sends nothing on. Run as `python -m services.ops.stack.mailbox
--port PORT --maildir FOLDER`; `MailboxServer` starts it so.
"""

import argparse
import asyncio
import os
import signal
import socket
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from services.ops.stack.ports import LOOPBACK, answers, free_port
from services.ops.stack.process import Command, Process

_READY_S_MAX = 20.0
_STOP_S_MAX = 5.0
_MESSAGE_BYTES_MAX = 1_000_000


class Maildir:
    """A folder in the Maildir layout: a message is complete in `new` or not there at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def add(self, content: bytes) -> Path:
        name = f"{time.time():.6f}.{uuid.uuid4().hex}.{socket.gethostname()}"
        partial = self.folder / "tmp" / name
        partial.write_bytes(content)
        return partial.rename(self.folder / "new" / name)

    def messages(self) -> list[bytes]:
        """Return every message, oldest first."""
        return [path.read_bytes() for path in sorted((self.folder / "new").iterdir(), key=lambda path: path.name)]


class Keeper:
    """aiosmtpd's handler: keeps the content, then answers 250."""

    def __init__(self, maildir: Maildir) -> None:
        self._maildir = maildir

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - aiosmtpd's
        content = envelope.original_content
        assert content is not None
        self._maildir.add(content)
        return "250 kept"


async def keep_mail(maildir: Maildir, port: int) -> None:
    """Receive until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    keeper = Keeper(maildir)
    server = await loop.create_server(
        lambda: SMTP(keeper, loop=loop, data_size_limit=_MESSAGE_BYTES_MAX, ident="ecflink mailbox"), LOOPBACK, port
    )
    async with server:
        await stopping.wait()


@dataclass(kw_only=True)
class MailboxServer:
    """The receiver as a process of its own. Usable as a `with` block."""

    folder: Path
    log_path: Path
    port: int = 0
    process: Process = field(init=False)

    def prepare(self) -> None:
        self.port = self.port or free_port()
        argv = [sys.executable, "-P", "-m", "services.ops.stack.mailbox", "--port", str(self.port)]
        argv += ["--maildir", str(self.folder)]
        self.process = Process(command=Command(name="mailbox", argv=argv, env=dict(os.environ), log_path=self.log_path))

    def launch(self) -> None:
        self.process.start()

    def wait_ready(self) -> None:
        self.process.wait_until(lambda: answers(self.port), timeout_s=_READY_S_MAX)

    def start(self) -> Self:
        self.prepare()
        self.launch()
        self.wait_ready()
        return self

    def stop(self) -> None:
        self.process.stop(timeout_s=_STOP_S_MAX)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="Keep mail in a Maildir.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--maildir", type=Path, required=True)
    given = parser.parse_args()
    asyncio.run(keep_mail(Maildir(given.maildir), given.port))


if __name__ == "__main__":
    main()
