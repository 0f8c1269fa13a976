"""P8: clean where no planted secret is, and red for one in each place, on real Kafka and Postgres."""

import base64
import os
import secrets
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from services.audit.canaries import Canary, Search
from services.audit.files import full_pages
from services.audit.hunt import Grounds
from services.audit.lines import Line, Verdict
from services.audit.promises.secrets import secrets as hunted
from services.audit.settings import AuditSettings
from services.audit.snapshot import snapshot
from services.contract.topics import AUTH_LOGINS, FILER_NOTICES
from services.runtime.publish import Message
from services.runtime.settings import load
from tests.backends.deployment import Deployment
from tests.backends.smtp import MailServer
from tests.integration.audit.scene import Scene
from tests.mailing.acting import in_state, notify, notifying, put, security_code, settings
from tests.mailing.fixtures import linker
from tests.thorough import one_for_all

__all__ = ["linker"]
_WALDUMP = Path(__file__).parents[3] / "var/lib/postgresql-18.6.0/bin/pg_waldump"


@dataclass(frozen=True)
class Hunted:
    """A deployment in which secrets were planted, and the folders that are searched."""

    deployment: Deployment
    scene: Scene
    folder: Path
    secret: str

    async def p8(self, *, pids: tuple[int, ...] = (), also: tuple[str, ...] = ()) -> Line:
        planted = (self.secret, f"never-planted-{self.secret}", *also)
        canaries = tuple(Canary(number, secret) for number, secret in enumerate(planted, start=1))
        grounds = Grounds(
            canaries=canaries,
            wal=await self.wal(),
            waldump=str(_WALDUMP),
            logs=(self.folder / "logs",),
            dumps=(self.folder / "dumps",),
            mailbox=str(self.folder / "mail"),
            pids=pids,
        )
        chosen = load(AuditSettings, **self.deployment.settings("reader"))
        async with snapshot(chosen) as view:
            return await hunted(chosen, view, grounds)

    async def wal(self) -> Path:
        async with self.scene.connected() as connection:
            folder = Path(await connection.fetchval("SHOW data_directory")) / "pg_wal"
        if not folder.is_dir():
            pytest.skip("the database's files are not on this machine")
        return folder


@pytest.fixture
def hunt(deployment: Deployment, tmp_path: Path) -> Hunted:
    for name in ("logs", "dumps", "mail/new", "mail/cur", "mail/tmp"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "logs" / "auth.log").write_text('{"event":"signed-in"}\n')
    (tmp_path / "dumps" / "core.1").write_bytes(os.urandom(10_000))
    scene = Scene(deployment=deployment, mailbox=tmp_path / "mail")
    return Hunted(deployment, scene, tmp_path, f"canary-{secrets.token_hex(8)}")


async def test_nothing_is_found_where_nothing_is(hunt: Hunted) -> None:
    line = await hunt.p8()
    assert line.verdict is Verdict.CLEAN, line
    assert line.summary.startswith("2 canaries; ")
    assert not line.unchecked


async def _in_a_value(hunt: Hunted) -> None:
    await put(hunt.deployment, AUTH_LOGINS, 0, [Message(b"k", base64.b64encode(b"." + hunt.secret.encode()), [])])


async def _in_a_key(hunt: Hunted) -> None:
    await put(hunt.deployment, AUTH_LOGINS, 1, [Message(hunt.secret.encode(), b"{}", [])])


async def _in_a_header(hunt: Hunted) -> None:
    await put(hunt.deployment, FILER_NOTICES, 2, [Message(b"k", b"{}", [("note", hunt.secret.encode())])])


async def _in_a_text_column(hunt: Hunted) -> None:
    async with hunt.scene.connected() as connection:
        detail = orjson.dumps({"typed": hunt.secret}).decode()
        await connection.execute(
            "INSERT INTO auth.security_acts (at, act, detail) VALUES (now(), 'x', $1::text::jsonb)", detail
        )


async def _in_a_binary_column(hunt: Hunted) -> None:
    async with hunt.scene.connected() as connection:
        await connection.execute(
            'INSERT INTO notifier.dead_letters (topic, partition, "offset", kind, detail, headers)'
            " VALUES ('t', 0, 0, 'malformed', '', $1)",
            base64.b64encode(hunt.secret.encode()),
        )


async def _in_the_wal_alone(hunt: Hunted) -> None:
    async with hunt.scene.connected() as connection:
        undone = connection.transaction()
        await undone.start()
        await connection.execute("INSERT INTO auth.security_acts (at, act) VALUES (now(), $1)", hunt.secret)
        await undone.rollback()
        await connection.execute("SELECT pg_switch_wal()")


async def _in_a_page_image(hunt: Hunted) -> None:
    """Leave a secret in the image of its page, which a change after a checkpoint writes, compressed."""
    async with hunt.scene.connected() as connection:
        await connection.execute("CREATE TABLE public.scratch (id integer, note text)")
        await connection.execute("INSERT INTO public.scratch VALUES (1, $1), (2, '')", hunt.secret)
        await connection.execute("DELETE FROM public.scratch WHERE id = 1")
        await connection.execute("CHECKPOINT")
        await connection.execute("UPDATE public.scratch SET note = 'x' WHERE id = 2")


async def _in_a_log(hunt: Hunted) -> None:
    (hunt.folder / "logs" / "linker.log").write_text(f"password={hunt.secret}\n")


async def _in_a_mail(hunt: Hunted) -> None:
    (hunt.folder / "mail" / "new" / "1").write_text(f"Message-ID: <1@court.example>\n\n{hunt.secret}\n")


async def _in_a_dump(hunt: Hunted) -> None:
    (hunt.folder / "dumps" / "core.2").write_bytes(os.urandom(100_000) + hunt.secret.encode("utf-16-le"))


PLACES: dict[str, tuple[Callable[[Hunted], Awaitable[None]], str]] = {
    "value of a record": (_in_a_value, "in a topic"),
    "key of a record": (_in_a_key, "in a topic"),
    "header of a record": (_in_a_header, "in a topic"),
    "text column": (_in_a_text_column, "in a table"),
    "binary column": (_in_a_binary_column, "in a table"),
    "write-ahead log": (_in_the_wal_alone, "in the write-ahead log"),
    "log": (_in_a_log, "in a log file"),
    "mail": (_in_a_mail, "in a mail"),
    "dump": (_in_a_dump, "in a dump"),
}


@pytest.mark.parametrize("place", one_for_all(PLACES, plain="value of a record"))
async def test_a_secret_in_each_place_is_found(hunt: Hunted, place: str) -> None:
    plant, kind = PLACES[place]
    await plant(hunt)
    line = await hunt.p8()
    assert f"secret in clear {kind}" in {violation.what for violation in line.violations}, line
    assert hunt.secret not in str(line)
    assert "#1 (sha256 " in str(line)
    assert "#2" not in str(line)


@pytest.mark.thorough
async def test_a_secret_in_a_compressed_page_image_is_found(hunt: Hunted) -> None:
    await _in_a_page_image(hunt)
    images = full_pages(await hunt.wal(), str(_WALDUMP))
    assert [canary.number for canary in Search([Canary(1, hunt.secret)]).through(images)] == [1]
    assert "page image #1" in str(await hunt.p8())


@pytest.mark.thorough
async def test_a_secret_in_the_memory_of_a_process_is_found(hunt: Hunted) -> None:
    program = "import sys; held = sys.stdin.readline(); print(flush=True); sys.stdin.readline()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: ASYNC220 - short
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{hunt.secret}\n".encode())
        process.stdin.flush()
        process.stdout.readline()
        line = await hunt.p8(pids=(process.pid,))
    assert "secret in clear in a process's memory" in {violation.what for violation in line.violations}


@pytest.mark.thorough
async def test_a_code_may_stand_in_the_mail_to_its_owner_and_nowhere_else(
    hunt: Hunted, deployment: Deployment, smtp: MailServer, linker: object
) -> None:
    code = f"{secrets.randbelow(10**10):010}"
    async with notifying(settings(deployment, smtp)):
        await notify(deployment, security_code(code))
        await in_state(deployment, "accepted")
    (mail,) = smtp.messages
    (hunt.folder / "mail" / "new" / "1").write_bytes(mail)
    assert (await hunt.p8(also=(code,))).verdict is Verdict.CLEAN
    (hunt.folder / "mail" / "new" / "2").write_bytes(mail.replace(b"Message-ID: <", b"Message-ID: <forwarded-"))
    line = await hunt.p8(also=(code,))
    assert "secret in clear in a mail" in {violation.what for violation in line.violations}


@pytest.mark.thorough
async def test_a_password_in_the_mail_of_a_code_is_found(
    hunt: Hunted, deployment: Deployment, smtp: MailServer, linker: object
) -> None:
    async with notifying(settings(deployment, smtp)):
        await notify(deployment, security_code(hunt.secret))
        await in_state(deployment, "accepted")
    (hunt.folder / "mail" / "new" / "1").write_bytes(smtp.messages[0])
    line = await hunt.p8()
    assert {violation.what for violation in line.violations} == {"secret in clear in a mail"}


@pytest.mark.thorough
async def test_what_cannot_be_read_leaves_the_promise_unaudited(hunt: Hunted) -> None:
    (hunt.folder / "dumps" / "core.1").unlink()
    (hunt.folder / "dumps").rmdir()
    assert (await hunt.p8()).verdict is Verdict.UNAUDITED


@pytest.mark.thorough
async def test_a_compressed_dump_that_cannot_be_opened_leaves_the_promise_unaudited(hunt: Hunted) -> None:
    (hunt.folder / "dumps" / "core.zst").write_bytes(bytes.fromhex("28b52ffd"))
    line = await hunt.p8()
    assert (line.verdict, "core.zst was not searched, as it is zstd" in str(line)) == (Verdict.UNAUDITED, True)
