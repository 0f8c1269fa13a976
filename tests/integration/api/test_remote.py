"""The remote verifier against a server whose answers are scripted: what is asked, how often, and what each means."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from services.auth.api.settings import ApiSettings
from services.auth.portal.ports import Busy, Credentials, VerifierDown
from services.auth.signon.accounts import PacerAccount
from services.auth.signon.remote.verifier import RemoteVerifier
from services.auth.signon.verifiers import Proof
from services.ops.stack.ports import LOOPBACK
from services.runtime.health import Health
from services.runtime.settings import load
from tests.integration.api.remote import REFUSED, SIGNED_IN, TOKEN, RemoteSignOn, Scripted, result

GIVEN = Credentials("alexattorney", "Secret-Canary-1", client_code="matter-7", otp_code="123456")
ALEX = PacerAccount("111111", "alexattorney", None, "Alex Attorney", "alex@example.org", upgraded=True)


@asynccontextmanager
async def verifying(url: str, health: Health | None = None, **settings: float) -> AsyncGenerator[RemoteVerifier]:
    verifier = RemoteVerifier(load(ApiSettings, sign_on_url=url, **settings), health or Health())
    try:
        yield verifier
    finally:
        await verifier.close()


async def test_a_right_password() -> None:
    with RemoteSignOn(SIGNED_IN) as remote:
        async with verifying(remote.url) as verifier:
            assert await verifier.verify(GIVEN, ALEX) == Proof(matched=True, factor_done=True)
            while not remote.signed_out:  # noqa: ASYNC110 - another thread takes it
                await asyncio.sleep(0.02)
    assert remote.asked == [
        {"loginId": "alexattorney", "password": "Secret-Canary-1", "clientCode": "matter-7", "otpCode": "123456",
         "redactFlag": "1"}
    ]  # fmt: skip
    assert remote.signed_out == [TOKEN]


async def test_empty_fields_are_not_sent() -> None:
    with RemoteSignOn(REFUSED) as remote:
        async with verifying(remote.url) as verifier:
            await verifier.verify(Credentials("alexattorney", "p"), ALEX)
    assert remote.asked == [{"loginId": "alexattorney", "password": "p", "redactFlag": "1"}]


@pytest.mark.parametrize("answer", [REFUSED, result("1", errorDescription="has been disabled"), result("7")])
async def test_any_other_result_is_a_refusal(answer: Scripted) -> None:
    with RemoteSignOn(answer) as remote:
        async with verifying(remote.url) as verifier:
            assert await verifier.verify(GIVEN, ALEX) == Proof(matched=False)
    assert remote.signed_out == []


async def test_a_warning_is_kept_without_control_characters() -> None:
    with RemoteSignOn(result("0", nextGenCSO=TOKEN, errorDescription="A required\x00 Client Code\n…")) as remote:
        async with verifying(remote.url) as verifier:
            proof = await verifier.verify(GIVEN, ALEX)
    assert proof.warning == "A required Client Code…"


async def test_an_account_that_is_unknown_here_is_asked_for_and_refused() -> None:
    with RemoteSignOn(SIGNED_IN) as remote:
        async with verifying(remote.url) as verifier:
            assert await verifier.verify(GIVEN, None) == Proof(matched=False)
    assert len(remote.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Scripted(status=500, body=b"{}"),
        Scripted(status=503, headers={"Retry-After": "9"}),
        Scripted(status=429),
        Scripted(status=404, body=b"<html>"),
        Scripted(status=302, headers={"Location": "/elsewhere"}),
        Scripted(body=b"<html>"),
        Scripted(body=b"[]"),
        Scripted(body=b'{"loginResult": 0}'),
        Scripted(body=b"[" * 60_000),
        Scripted(body=b" " * 70_000),
        Scripted(cut=True),
        Scripted(wait_s=1.0),
    ],
    ids=["500", "503", "429", "404", "302", "html", "list", "number", "deep", "huge", "cut", "slow"],
)
async def test_what_is_no_answer_is_told_as_down_and_asked_once(answer: Scripted) -> None:
    with RemoteSignOn(answer) as remote:
        async with verifying(remote.url, sign_on_timeout_s=0.5) as verifier:
            with pytest.raises(VerifierDown) as down:
                await verifier.verify(GIVEN, ALEX)
        assert len(remote.asked) == 1
    assert "Secret-Canary-1" not in repr(down.value) + str(down.value.__cause__) + str(down.value.__context__)


async def test_a_wait_for_one_account_is_not_counted_against_the_service() -> None:
    waits = Scripted(status=429, headers={"Retry-After": "7", "X-SIGN-ON-TICKET": "t"})
    with RemoteSignOn(*[waits] * 4, SIGNED_IN) as remote:
        async with verifying(remote.url, sign_on_breaker_failures=2) as verifier:
            for _ in range(4):
                with pytest.raises(Busy) as busy:
                    await verifier.verify(GIVEN, ALEX)
                assert busy.value.retry_after_s == 7
            assert (await verifier.verify(GIVEN, ALEX)).matched


async def test_nobody_is_sent_to_a_service_that_is_down() -> None:
    health = Health()
    with RemoteSignOn(*[Scripted(status=500)] * 3, SIGNED_IN) as remote:
        async with verifying(remote.url, health, sign_on_breaker_failures=3, sign_on_breaker_s=0.4) as verifier:
            for _ in range(10):
                with pytest.raises(VerifierDown):
                    await verifier.verify(GIVEN, ALEX)
            assert len(remote.asked) == 3
            assert health.faults == {"sign-on": "the remote sign-on does not answer"}
            await asyncio.sleep(0.5)
            assert (await verifier.verify(GIVEN, ALEX)).matched
            assert health.faults == {}


async def test_a_connection_that_cannot_be_opened() -> None:
    with socket.create_server((LOOPBACK, 0)) as closed:
        port = closed.getsockname()[1]
    async with verifying(f"http://{LOOPBACK}:{port}") as verifier:
        with pytest.raises(VerifierDown):
            await verifier.verify(GIVEN, ALEX)


async def test_many_at_once_share_the_connections() -> None:
    with RemoteSignOn(SIGNED_IN) as remote:
        async with verifying(remote.url) as verifier:
            proofs = await asyncio.gather(*(verifier.verify(GIVEN, ALEX) for _ in range(60)))
    assert all(proof.matched for proof in proofs)
    assert len(remote.asked) == 60
