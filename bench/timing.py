"""`timing`: whether the time of an answer tells an unknown name from a known one, or one kind of account from another.

The tries are sequential, through the sign-in page of a running auth, mixed at random; each name is tried once, with a
wrong password. The accounts have hashes of several schemes, in the same mix for each kind. Printed for each kind: the
distribution, and the Kolmogorov-Smirnov distance to the known names beside what chance alone keeps it under (5 %).
"""

import random
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from http.client import HTTPConnection
from math import sqrt
from statistics import mean
from typing import Final
from urllib.parse import urlencode

from passlib.hash import bcrypt, pbkdf2_sha256

from bench.figures import Figure
from bench.people import load, pacer
from bench.stage import role, stage
from services.auth.portal.cookies import NONCE
from services.auth.portal.seals import Seals
from services.auth.signon.hashes import HASHER
from services.ops.registry import packaged, publish
from services.ops.stack.ports import free_port

TRIES: Final = 1_000
WARM_UP_TRIES: Final = 50
KNOWN: Final = "known, wrong password"
KINDS: Final = (KNOWN, "unknown name", "legacy account", "disabled account")
_PERCENTILES: Final = (5, 25, 50, 75, 95)
_PASSWORD: Final = "Bench-Pacer-1"  # noqa: S105 - of accounts that live for one run
_PATH: Final = "/UTBK/sign-in"
_REFUSED: Final = 403
_KS_5_PERCENT: Final = 1.358


async def run() -> list[Figure]:
    """Measure and return the greatest distance, in per cent."""
    chance = random.Random(7)
    # Of five accounts three have our own hash and two another: cheap ones, so that a run ends within minutes.
    ours = HASHER.hash(_PASSWORD)
    mix = [ours, ours, ours, bcrypt.using(rounds=8).hash(_PASSWORD), pbkdf2_sha256.using(rounds=60_000).hash(_PASSWORD)]
    async with stage() as made:
        await publish(made.kafka, packaged().values())
        lines = []
        for number in range(TRIES):
            own: dict[str, dict[str, object]] = {
                "known": {},
                "legacy": {"upgraded": False},
                "disabled": {"status": "disabled"},
            }
            for place, (kind, more) in enumerate(own.items()):
                lines.append(pacer(number * 3 + place, f"{kind}{number:05}", chance.choice(mix), **more))
        await load(made, lines)
        port = free_port()
        settings = {
            "HTTP_PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SIGN_IN_ADDRESS_PER_MINUTE": "1000000",
        }
        async with role(made, "auth", **settings):
            times = _tries(port, Seals(made.form_secret), chance)
    return [_told(times)]


def _tries(port: int, seals: Seals, chance: random.Random) -> dict[str, list[float]]:
    """Try every name once, in an order of chance; return the milliseconds by kind."""
    prefixes = dict(zip(KINDS, ("known", "nobody", "legacy", "disabled"), strict=True))
    order = [(kind, f"{prefixes[kind]}{number:05}") for kind in KINDS for number in range(TRIES)]
    chance.shuffle(order)
    http = HTTPConnection("127.0.0.1", port, timeout=30)
    for number in range(WARM_UP_TRIES):
        _try(http, seals, f"warm{number}")
    times: dict[str, list[float]] = defaultdict(list)
    for kind, login in order:
        times[kind].append(_try(http, seals, login))
    http.close()
    return times


def _try(http: HTTPConnection, seals: Seals, login: str) -> float:
    nonce = "bench-timing"
    form = {"csrf": seals.token(nonce.encode()), "username": login, "password": "Wrong-Password-1", "client_code": ""}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"{NONCE}={nonce}"}
    started = time.perf_counter()
    http.request("POST", _PATH, urlencode(form), headers)
    answer = http.getresponse()
    answer.read()
    took_ms = (time.perf_counter() - started) * 1000
    if answer.status != _REFUSED:
        raise RuntimeError(f"a wrong password of {login} was answered with {answer.status}")
    return took_ms


def _told(times: dict[str, list[float]]) -> Figure:
    known = sorted(times[KNOWN])
    bound = _KS_5_PERCENT * sqrt(2 / TRIES)
    worst = 0.0
    for kind in KINDS:
        sample = sorted(times[kind])
        points = " ".join(f"p{at} {sample[at * len(sample) // 100]:.2f}" for at in _PERCENTILES)
        apart = distance(known, sample)
        worst = max(worst, apart)
        print(f"timing: {kind:22} {points} mean {mean(sample):.2f} ms; D {apart:.3f} (5 % bound {bound:.3f})")
    beside = f"Kolmogorov-Smirnov to known names, {TRIES:,} tries of each kind; by chance up to {bound:.1%}"
    return Figure("timing", round(worst * 100, 1), "% apart", beside, worst / bound)


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the greatest distance between the distributions of two sorted samples."""
    points = sorted({*one, *other})
    return max(abs(bisect_right(one, point) / len(one) - bisect_right(other, point) / len(other)) for point in points)
