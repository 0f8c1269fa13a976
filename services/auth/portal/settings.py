"""What the pages need to be told, as a port: auth's settings model has these fields.

The server in front must not rewrite the client's address itself (`proxy_headers=False`): the pages do it, in client.py.
"""

from typing import Protocol

from pydantic import SecretStr


class PortalSettings(Protocol):
    """`public_url` is what a filer types, without a path; https there makes cookies Secure and sends HSTS.

    `trusted_proxies` lists addresses or networks, with commas. `mail_stays_here` says that no mail leaves this system.
    `pacer_verifier` is `own` or `remote`; `session_idle_s` is told on the pages; a confirmation `prove_again_after_s`
    after the password asks for it again. A form must have arrived within `body_s_max` seconds.
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

    @property
    def pacer_verifier(self) -> str: ...

    @property
    def session_idle_s(self) -> int: ...

    @property
    def prove_again_after_s(self) -> int: ...

    @property
    def body_s_max(self) -> float: ...
