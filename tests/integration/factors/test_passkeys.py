"""Passkeys on a real Postgres, with a device in software: what is accepted, and every way of being wrong."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.auth.factors.passkeys import Passkeys, relying_party
from services.contract.notices import FactorChange, FactorKind, NoticeKind
from tests.backends.databases import Database
from tests.integration.factors.authenticator import Device, decoded, encoded
from tests.integration.factors.conftest import PASSWORD, SEAL, Filer, Site, joined

CHALLENGE = "/UTBK/second-factor"
PASSKEYS = "/UTBK/utilities/second-factor/passkeys"

Answer = dict[str, Any]


@pytest.fixture
async def filer(site: Site) -> Filer:
    """A filer who may enrol."""
    made = site.filer()
    await made.sign_in()
    await made.acknowledge()
    await site.permit(made, "passkeys")
    return made


async def ask(filer: Filer, path: str, csrf: str, **body: object) -> tuple[int, Answer]:
    """Post JSON as our script does."""
    own = {"X-CSRF": csrf, "Content-Type": "application/json", "Origin": "http://localhost"}
    response = await filer.http.post(path, content=json.dumps(body), headers=own)
    return response.status_code, response.json()


async def enrol(filer: Filer, device: Device, label: str = "my laptop") -> tuple[int, Answer]:
    csrf = filer.csrf
    _, options = await ask(filer, f"{PASSKEYS}/options", csrf)
    return await ask(filer, PASSKEYS, csrf, credential=device.create(options), label=label)


async def challenged(site: Site) -> tuple[Filer, Answer]:
    """Return a filer after the password, and the options that the browser was given."""
    filer = site.filer()
    await filer.sign_in()
    assert filer.path == CHALLENGE
    status, options = await ask(filer, f"{CHALLENGE}/passkey/options", filer.csrf)
    assert status == 200
    return filer, options


async def answer(filer: Filer, credential: object) -> tuple[int, Answer]:
    return await ask(filer, f"{CHALLENGE}/passkey", filer.csrf, credential=credential, next="/UTBK/query")


async def test_passkey_is_enrolled_and_opens_the_session(site: Site, filer: Filer) -> None:
    device = Device()
    status, told = await enrol(filer, device)
    assert (status, told["next"]) == (200, "/UTBK/utilities/second-factor?done=passkey")
    later, options = await challenged(site)
    old = later.token()
    assert [each["id"] for each in options["allowCredentials"]] == [encoded(device.credential_id)]
    status, told = await answer(later, device.get(options))
    assert (status, told) == (200, {"next": "/UTBK/query"})
    assert later.token() != old
    assert await site.joint.sign_on.session(old) is None
    notices = await site.notices(NoticeKind.FACTOR_CHANGED)
    assert [(each.factor, each.change) for each in notices] == [(FactorKind.PASSKEY, FactorChange.ADDED)]


async def test_options_name_no_account_and_no_challenge_is_kept_in_clear(site: Site, filer: Filer) -> None:
    _, options = await ask(filer, f"{PASSKEYS}/options", filer.csrf)
    assert decoded(options["user"]["id"]) == SEAL.user_handle("111111")
    assert (options["rp"]["id"], options["attestation"]) == ("localhost", "none")
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    kept = await site.value("SELECT challenge FROM auth.sessions WHERE challenge IS NOT NULL")
    assert isinstance(kept, bytes)
    assert decoded(options["challenge"]) not in kept


async def test_answer_serves_once(site: Site, filer: Filer) -> None:
    device = Device()
    await enrol(filer, device)
    later, options = await challenged(site)
    credential = device.get(options)
    assert (await answer(later, {"id": "nonsense"}))[0] == 403
    assert (await answer(later, credential))[0] == 403


async def test_late_answer_is_refused(site: Site, filer: Filer) -> None:
    device = Device()
    await enrol(filer, device)
    later, options = await challenged(site)
    await site.run("UPDATE auth.sessions SET challenge_until = now() - interval '1 second'")
    assert (await answer(later, device.get(options)))[0] == 403


@pytest.mark.parametrize(
    "lie", [{"origin": "http://evil.example"}, {"host": "evil.example"}, {"origin": "http://localhost:8081"}]
)
async def test_answer_given_to_another_site_is_refused(site: Site, filer: Filer, lie: dict[str, str]) -> None:
    device = Device()
    await enrol(filer, device)
    for name, value in lie.items():
        setattr(device, name, value)
    later, options = await challenged(site)
    assert (await answer(later, device.get(options)))[0] == 403
    assert (await enrol(filer, Device(**lie)))[0] == 400  # type: ignore[arg-type]  # two strings


async def test_key_that_nobody_enrolled_is_refused(site: Site, filer: Filer) -> None:
    await enrol(filer, Device())
    later, options = await challenged(site)
    assert (await answer(later, Device().get(options)))[0] == 403


async def test_key_of_another_private_half_is_refused(site: Site, filer: Filer) -> None:
    device = Device()
    await enrol(filer, device)
    later, options = await challenged(site)
    assert (await answer(later, Device(credential_id=device.credential_id).get(options)))[0] == 403


async def test_counter_that_stands_still_is_refused_and_mailed(site: Site, filer: Filer) -> None:
    device = Device()
    await enrol(filer, device)
    device.count = 1
    later, options = await challenged(site)
    assert (await answer(later, device.get(options)))[0] == 403
    last = (await site.notices(NoticeKind.FACTOR_CHANGED))[-1]
    assert (last.factor, last.change, last.factor_label) == (FactorKind.PASSKEY, FactorChange.REFUSED, "my laptop")
    assert await site.value("SELECT count(*) FROM auth.factors") == 1


async def test_key_without_counter_is_accepted_each_time(site: Site, filer: Filer) -> None:
    device = Device(count=0)
    await enrol(filer, device)
    for _ in range(2):
        device.count = 0
        later, options = await challenged(site)
        assert (await answer(later, device.get(options)))[0] == 200


async def test_same_key_twice_and_a_sixth_are_refused(site: Site, filer: Filer) -> None:
    device = Device()
    await enrol(filer, device)
    assert (await enrol(filer, device))[0] == 409
    for number in range(4):
        assert (await enrol(filer, Device(), f"key {number}"))[0] == 200
    assert (await enrol(filer, Device()))[0] == 409
    assert await site.value("SELECT count(*) FROM auth.factors") == 5


async def test_passkey_serves_where_the_password_is_asked_again(site: Site, filer: Filer) -> None:
    device = Device()
    await enrol(filer, device)
    await filer.open("/UTBK/prove-again?next=query")
    _, options = await ask(filer, "/UTBK/prove-again/options", filer.csrf)
    credential = json.dumps(device.get(options))
    await filer.post("/UTBK/prove-again", password=PASSWORD, passkey=credential, next="/UTBK/query")
    assert filer.path == "/UTBK/query"
    await filer.open("/UTBK/prove-again")
    await filer.post("/UTBK/prove-again", password=PASSWORD, passkey=credential)
    assert filer.response.status_code == 403
    await filer.post("/UTBK/prove-again", password=PASSWORD)
    assert filer.response.status_code == 403


async def test_passkeys_are_not_offered_at_an_ip_address(peopled: Database) -> None:
    async with joined(peopled, public_url="http://127.0.0.1") as site:
        filer = site.filer()
        await filer.sign_in()
        await filer.acknowledge()
        await filer.open("/UTBK/utilities/second-factor")
        assert "Passkeys are not available at this address" in filer.page.text
        await filer.open(PASSKEYS)
        assert filer.response.status_code == 404


@pytest.mark.parametrize("label", ["", " ", "x" * 61, "a\nb"])
async def test_passkey_needs_a_name(site: Site, filer: Filer, label: str) -> None:
    assert (await enrol(filer, Device(), label))[0] == 422
    assert await site.value("SELECT count(*) FROM auth.factors") == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
PARTS = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(junk=JSON, where=st.sampled_from(["whole", "response", "id", "rawId", "type", *PARTS]))
async def test_malformed_answers_are_refused_and_never_a_crash(
    site: Site, filer: Filer, junk: object, where: str
) -> None:
    passkeys = Passkeys(site.joint, relying_party("http://localhost"))
    session = await site.joint.sign_on.session(filer.token())
    assert session is not None
    device = Device()
    options = json.loads(await passkeys.new_options(session))
    spoilt: Any = device.create(options)
    if where == "whole":
        spoilt = junk
    elif where in PARTS:
        spoilt["response"][where] = junk if not isinstance(junk, str) else encoded(junk.encode())
    else:
        spoilt[where] = junk
    made = await passkeys.registered(session, json.dumps(spoilt))
    assert made is None or made.credential_id == device.credential_id
    await passkeys.options(session, "sign-in")
    assert await passkeys.verified(session, "sign-in", json.dumps(spoilt)) is None
