"""Replays at the front door: who is known as one, who is turned away, and that every page tells of a rehearsal."""

from collections.abc import Callable

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from services.auth.portal.client import client_reader
from services.auth.portal.replays import Replays
from services.contract.proof import KeyRing
from services.contract.replays import mark, marked_run
from tests.linking.requests import PROOF_KEYS, REHEARSAL_KEYS

RING = KeyRing.parse(REHEARSAL_KEYS)
MARK = mark("run-1", RING)


async def told(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the run that the pages would find."""
    await PlainTextResponse(str(client_reader("")(Request(scope)).replay_run))(scope, receive, send)


async def answer(ring: KeyRing | None, *marks: str) -> httpx.Response:
    carrier = httpx.ASGITransport(Replays(told, ring))
    async with httpx.AsyncClient(transport=carrier, base_url="http://testserver") as http:
        return await http.get("/", headers=[("Replay-Run", each) for each in marks])


async def test_signed_mark_tells_the_run() -> None:
    assert (await answer(RING, MARK)).text == "run-1"


@pytest.mark.parametrize("ring", [RING, None], ids=["on", "off"])
async def test_request_without_a_mark_is_a_filers(ring: KeyRing | None) -> None:
    assert (await answer(ring)).text == "None"


async def test_replay_gets_no_further_without_rehearsal_mode() -> None:
    refused = await answer(None, MARK)
    assert (refused.status_code, refused.text) == (403, "This is a request of a replay, and REHEARSAL is off here.\n")


@pytest.mark.parametrize(
    "marks",
    [
        ["run-1"],
        [MARK.replace("run-1", "run-2")],
        [MARK[:-1]],
        [f"{MARK} "[1:]],
        [mark("run-1", KeyRing.parse(PROOF_KEYS))],
        [MARK, MARK],
    ],
    ids=["unsigned", "another-run", "short", "shifted", "another-key", "twice"],
)
async def test_mark_that_no_rehearsal_key_signed_is_refused(marks: list[str]) -> None:
    assert (await answer(RING, *marks)).status_code == 403


def test_older_rehearsal_key_still_marks() -> None:
    both = KeyRing.parse(f"r2:{'44' * 32}\n{REHEARSAL_KEYS}")
    assert marked_run(MARK, both) == "run-1"


@pytest.mark.parametrize(
    "page", ["/", "/UTBK/ecf", "/UTBK/sign-in", "/UTBK/help", "/nowhere"], ids=["/", "ecf", "sign-in", "help", "404"]
)
def test_every_page_says_that_a_rehearsal_is_on(serve: Callable[..., httpx.Client], page: str) -> None:
    assert "Rehearsal mode is on." in serve(replays=RING).get(page).text
    assert "Rehearsal" not in serve().get(page).text


def test_notice_of_the_rehearsal_is_told_in_spanish(serve: Callable[..., httpx.Client]) -> None:
    assert "El modo de ensayo está activado." in serve(replays=RING).get("/UTBK/ecf?lang=es").text
