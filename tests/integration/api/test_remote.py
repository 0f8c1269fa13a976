"""The remote verifier against a server whose answers are scripted: what is asked, how often, and what each means."""

import asyncio
import gc
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from services.auth.api.settings import ApiSettings
from services.auth.portal.ports import Busy, Client, Credentials, Throttled, VerifierDown
from services.auth.signon.accounts import PacerAccount
from services.auth.signon.remote.verifier import RemoteVerifier
from services.auth.signon.verifiers import Proof
from services.ops.stack.ports import LOOPBACK
from services.runtime.health import Health
from services.runtime.settings import load
from tests.integration.api.remote import REFUSED, SIGNED_IN, TOKEN, RemoteSignOn, Scripted, result

GIVEN = Credentials("alexattorney", "Secret-Canary-1", client_code="matter-7", otp_code="123456")
CLIENT = Client("192.0.2.17")
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
            assert await verifier.verify(GIVEN, ALEX, client=CLIENT) == Proof(matched=True, factor_done=True)
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
            await verifier.verify(Credentials("alexattorney", "p"), ALEX, client=CLIENT)
    assert remote.asked == [{"loginId": "alexattorney", "password": "p", "redactFlag": "1"}]


@pytest.mark.parametrize("answer", [REFUSED, result("1", errorDescription="has been disabled"), result("7")])
async def test_any_other_result_is_a_refusal(answer: Scripted) -> None:
    with RemoteSignOn(answer) as remote:
        async with verifying(remote.url) as verifier:
            assert await verifier.verify(GIVEN, ALEX, client=CLIENT) == Proof(matched=False)
    assert remote.signed_out == []


async def test_a_warning_is_kept_without_control_characters() -> None:
    with RemoteSignOn(result("0", nextGenCSO=TOKEN, errorDescription="A required\x00 Client Code\n…")) as remote:
        async with verifying(remote.url) as verifier:
            proof = await verifier.verify(GIVEN, ALEX, client=CLIENT)
    assert proof.warning == "A required Client Code…"


async def test_an_account_that_is_unknown_here_is_asked_for_and_refused() -> None:
    with RemoteSignOn(SIGNED_IN) as remote:
        async with verifying(remote.url) as verifier:
            assert await verifier.verify(GIVEN, None, client=CLIENT) == Proof(matched=False)
    assert len(remote.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Scripted(status=500, body=b"{}"),
        Scripted(status=503),
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
    ids=["500", "503", "404", "302", "html", "list", "number", "deep", "huge", "cut", "slow"],
)
async def test_what_is_no_answer_is_told_as_down_and_asked_once(answer: Scripted) -> None:
    with RemoteSignOn(answer) as remote:
        async with verifying(remote.url, sign_on_timeout_s=0.5) as verifier:
            with pytest.raises(VerifierDown) as down:
                await verifier.verify(GIVEN, ALEX, client=CLIENT)
        assert len(remote.asked) == 1
    assert "Secret-Canary-1" not in repr(down.value) + str(down.value.__cause__) + str(down.value.__context__)


@pytest.mark.parametrize(
    "answer,wait_s",
    [
        (Scripted(status=429), 5),
        (Scripted(status=429, headers={"Retry-After": "7"}), 7),
        (Scripted(status=429, headers={"Retry-After": "7", "X-SIGN-ON-TICKET": "t"}), 7),
        (Scripted(status=503, headers={"Retry-After": "9"}), 9),
        (Scripted(status=503, headers={"Retry-After": "Wed, 25 Nov 2026 17:00:00 GMT"}), 5),
    ],
    ids=["429", "429-wait", "429-ticket", "503-wait", "503-date"],
)
async def test_busy_is_told_and_not_counted_against_the_service(answer: Scripted, wait_s: int) -> None:
    with RemoteSignOn(*[answer] * 4, SIGNED_IN) as remote:
        async with verifying(remote.url, sign_on_breaker_failures=1) as verifier:
            for _ in range(4):
                with pytest.raises(Busy) as busy:
                    await verifier.verify(GIVEN, ALEX, client=CLIENT)
                assert busy.value.retry_after_s == wait_s
            assert (await verifier.verify(GIVEN, ALEX, client=CLIENT)).matched


async def test_a_ticket_is_told_and_brought_back() -> None:
    waits = Scripted(status=429, headers={"Retry-After": "7", "X-SIGN-ON-TICKET": "t"})
    with RemoteSignOn(waits, REFUSED) as remote:
        async with verifying(remote.url) as verifier:
            with pytest.raises(Throttled) as throttled:
                await verifier.verify(GIVEN, ALEX, client=CLIENT)
            await verifier.verify(GIVEN, ALEX, client=CLIENT, ticket=throttled.value.ticket)
    assert [headers.get("x-sign-on-ticket") for headers in remote.headers] == [None, "t"]


async def test_what_is_no_ticket_is_not_sent() -> None:
    with RemoteSignOn(REFUSED) as remote:
        async with verifying(remote.url) as verifier:
            for ticket in ("a b", "a\r\nb: c", "\xe9", "x" * 401):
                await verifier.verify(GIVEN, ALEX, client=CLIENT, ticket=ticket)
    assert not [headers for headers in remote.headers if "x-sign-on-ticket" in headers]


@pytest.mark.parametrize(
    "address,forward,sent",
    [
        ("192.0.2.17", False, None),
        ("192.0.2.17", True, "192.0.2.17"),
        ("2001:db8::7%\xe9", True, "2001:db8::7"),
    ],
    ids=["kept", "told", "zone"],
)
async def test_the_filers_address_is_told_where_it_is_asked_for(address: str, forward: bool, sent: str | None) -> None:  # noqa: FBT001
    with RemoteSignOn(SIGNED_IN) as remote:
        async with verifying(remote.url, sign_on_forward_address=forward) as verifier:
            await verifier.verify(GIVEN, ALEX, client=Client(address))
            while not remote.signed_out:  # noqa: ASYNC110 - another thread takes it
                await asyncio.sleep(0.02)
    assert [headers.get("x-forwarded-for") for headers in remote.headers] == [sent, sent]


async def test_a_sign_out_that_comes_too_often_is_left() -> None:
    faults: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
    with RemoteSignOn(SIGNED_IN, sign_out=Scripted(status=429)) as remote:
        async with verifying(remote.url) as verifier:
            await verifier.verify(GIVEN, ALEX, client=CLIENT)
            while asyncio.all_tasks() != {asyncio.current_task()}:  # noqa: ASYNC110 - the sign-out is nobody's to await
                await asyncio.sleep(0.02)
    gc.collect()  # an exception that nobody took is told then
    assert not faults


async def test_nobody_is_sent_to_a_service_that_is_down() -> None:
    health = Health()
    with RemoteSignOn(*[Scripted(status=500)] * 3, SIGNED_IN) as remote:
        async with verifying(remote.url, health, sign_on_breaker_failures=3, sign_on_breaker_s=0.4) as verifier:
            for _ in range(10):
                with pytest.raises(VerifierDown):
                    await verifier.verify(GIVEN, ALEX, client=CLIENT)
            assert len(remote.asked) == 3
            assert health.faults == {"sign-on": "the remote sign-on does not answer"}
            await asyncio.sleep(0.5)
            assert (await verifier.verify(GIVEN, ALEX, client=CLIENT)).matched
            assert health.faults == {}


async def test_a_connection_that_cannot_be_opened() -> None:
    with socket.create_server((LOOPBACK, 0)) as closed:
        port = closed.getsockname()[1]
    async with verifying(f"http://{LOOPBACK}:{port}") as verifier:
        with pytest.raises(VerifierDown):
            await verifier.verify(GIVEN, ALEX, client=CLIENT)


async def test_many_at_once_share_the_connections() -> None:
    with RemoteSignOn(SIGNED_IN) as remote:
        async with verifying(remote.url) as verifier:
            proofs = await asyncio.gather(*(verifier.verify(GIVEN, ALEX, client=CLIENT) for _ in range(60)))
    assert all(proof.matched for proof in proofs)
    assert len(remote.asked) == 60
