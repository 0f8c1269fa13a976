"""What the pages need to be told, as a port: auth's settings model has these fields.

The server in front must not rewrite the client's address itself (`proxy_headers=False`): the pages do it, in client.py.
"""

from typing import Protocol

from pydantic import SecretStr


class PortalSettings(Protocol):
    """`public_url` is what a filer types, without a path; https there makes cookies Secure and sends HSTS.

    `trusted_proxies` lists addresses or networks, with commas. `mail_stays_here` says that no mail leaves this system.
    """

    @property
    def public_url(self) -> str: ...

    @property
    def form_secret(self) -> SecretStr: ...

    @property
    def demo(self) -> bool: ...

    @property
    def mail_stays_here(self) -> bool: ...

    @property
    def trusted_proxies(self) -> str: ...
