"""Where a request comes from: the filer's address, with the proxies that we trust taken away."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.requests import Request

from services.auth.portal.ports import Client
from services.auth.portal.replays import RUN
from services.contract.envelope import valid_traceparent

ADDRESS_CHARACTERS_MAX: Final = 64
ADDRESS_COUNT_MAX: Final = 4_096

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]


def networks(text: str) -> Networks:
    """Read `10.0.0.0/8, 192.0.2.7`. Raises ValueError for what is neither an address nor a network."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def client_reader(trusted_proxies: str) -> Callable[[Request], Client]:
    """Return what reads the client of a request behind these proxies."""
    trusted = networks(trusted_proxies)

    def client_of(request: Request) -> Client:
        traceparent = valid_traceparent(request.headers.get("traceparent", "").encode("latin-1"))
        run = request.scope.get(RUN)
        return Client(address=str(_filer(request, trusted)), traceparent=traceparent, replay_run=run)

    return client_of


def _filer(request: Request, trusted: Networks) -> Address:
    # The rightmost address that is not a trusted proxy: whatever stands left of it the filer may have invented.
    address = _parsed(request.client.host if request.client else "") or ip_address("0.0.0.0")  # noqa: S104 - none known
    hops = [hop for header in request.headers.getlist("x-forwarded-for") for hop in header.split(",")]
    while hops and any(address in network for network in trusted):
        before = _parsed(hops.pop())
        if before is None:
            break
        address = before
    return address


def _parsed(text: str) -> Address | None:
    return _read(text) if len(text) <= ADDRESS_CHARACTERS_MAX else None


@lru_cache(maxsize=ADDRESS_COUNT_MAX)  # a proxy's own is read with each request
def _read(text: str) -> Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
