"""The cookies: the session, the nonce of a browser that has none yet, the sealed pair of the link walk, the language
that was chosen, and the token of a filing program.

None is read by scripts, none leaves this site; under https each is Secure and bound to the host by its name.
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

SESSION: Final = "ecflink-session"
NONCE: Final = "ecflink-form"
PAIR: Final = "ecflink-pair"
LANGUAGE: Final = "ecflink-language"
# The sign-on API's, under the name that filing programs know: never with a prefix.
TOKEN: Final = "NextGenCSO"  # noqa: S105 - a cookie's name
VALUE_LENGTH_MAX: Final = 4096


@dataclass(frozen=True)
class Cookies:
    """Sets, reads and removes cookies by their plain names."""

    secure: bool

    def read(self, request: Request, name: str) -> str:
        """Return a cookie's value, empty when it is not there or cannot be one of ours."""
        value = request.cookies.get(self._named(name), "")
        return value if value.isascii() and value.isprintable() and len(value) <= VALUE_LENGTH_MAX else ""

    def put(self, response: Response, name: str, value: str, *, max_age_s: int | None = None) -> None:
        """Set a cookie; without an age it ends with the browser."""
        response.set_cookie(
            self._named(name), value, max_age=max_age_s, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def drop(self, response: Response, name: str) -> None:
        """Remove a cookie."""
        response.delete_cookie(self._named(name), path="/", secure=self.secure, httponly=True, samesite="lax")

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.secure and name != TOKEN else name
